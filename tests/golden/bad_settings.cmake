# Part of bad_inputs.cmake: configurations and rule files with a mistake. `scan` and `check` name
# its file, line and column, show the line, and do nothing.

# mistake(why line column text line-of-the-configuration...)
function(mistake why line column text)
    list(JOIN ARGN "\n" content)
    file(WRITE "${WORK}/c.yaml" "${content}\n")
    list(SUBLIST ARGN 0 ${line} shown)
    list(GET shown -1 shown)
    string(REGEX REPLACE "([][+.*()^])" "\\\\\\1" shown "${shown}")
    set(all "bouncewatch: c\\.yaml:${line}:${column}: [^\n]*${text}[^\n]*\n    ${shown}\n *\\^\n")
    expect("scan: ${why}" 2 "${all}" scan -c c.yaml good.log)
    expect("check: ${why}" 2 "${all}" check -c c.yaml)
endfunction()

mistake("an unknown key names the valid ones" 2 1 "\"min_atempts\".*min_attempts"
    "confidence: 0" "min_atempts: 5")
mistake("a number that is none" 1 15 "\"many\"" "min_attempts: many")
mistake("a number out of range" 1 15 "\"0\"" "min_attempts: 0")
mistake("a confidence over one" 2 13 "" "# how sure" "confidence: 1.5")
mistake("a window of eight days" 1 15 "\"8d\"" "windows: [1h, 8d]")
mistake("a window that is no duration" 1 11 "\"soon\"" "windows: [soon]")
mistake("a limit without blocking" 2 11 "blocking" "limits:" "  gmail: {warning: 3%}")
mistake("a warning above blocking" 2 20 "above" "limits:" "  gmail: {warning: 9%, blocking: 5%}")
mistake("a limit over 100 %" 2 20 "300%" "limits:" "  gmail: {warning: 300%, blocking: 5%}")
mistake("a truth value that is none" 1 16 "\"maybe\"" "count_expired: maybe")

file(WRITE "${WORK}/c.yaml" "limits: [\n")
expect("no YAML at all" 2 "bouncewatch: c\\.yaml:.+" scan -c c.yaml good.log)
file(WRITE "${WORK}/c.yaml" "limits:\n  nobody: {warning: 3%, blocking: 5%}\n")
expect("limits of a provider that does not exist" 2 "bouncewatch: [^\n]*nobody[^\n]*\n.*"
    scan -c c.yaml good.log)
file(WRITE "${WORK}/c.yaml" "timezone: Mars/Olympus\n")
expect("a zone that does not exist" 2 "bouncewatch: [^\n]*Mars/Olympus[^\n]*\n.*"
    scan -c c.yaml good.log)
file(WRITE "${WORK}/c.yaml" "rules: nowhere\n")
expect("rules that are not there" 2 "bouncewatch: nowhere: ${sentence}" check -c c.yaml)

# rule_mistake(why line text content): what a first mistake brings with it may be said behind it.
function(rule_mistake why line text content)
    file(WRITE "${WORK}/rules/own.rules" "${content}source   own notes, 2026-05\n")
    set(all "bouncewatch: rules/own\\.rules:${line}: [^\n]*${text}[^\n]*\n(bouncewatch: ${sentence})*")
    expect("check: ${why}" 2 "${all}" check --rules rules)
    expect("scan: ${why}" 2 "${all}" scan --rules rules good.log)
endfunction()

set(class "class    user_unknown\n")
set(pattern "pattern  /own words/i\n")
set(example "example  550 own words\n")
rule_mistake("a class that does not exist" 2 "user_unknwon"
    "rule     own-rule\nclass    user_unknwon\n${pattern}${example}")
rule_mistake("a pattern that is none" 3 "character class"
    "rule     own-rule\n${class}pattern  /own [words/i\n${example}")
rule_mistake("a pattern without slashes" 3 "slash"
    "rule     own-rule\n${class}pattern  own words\n${example}")
rule_mistake("an unknown keyword" 3 "patern"
    "rule     own-rule\n${class}patern   /own words/i\n${pattern}${example}")
rule_mistake("a provider that does not exist" [13] "hotmale"
    "rule     own-rule\n${class}provider hotmale\n${pattern}${example}")
rule_mistake("no example" 1 "example" "rule     own-rule\n${class}${pattern}")
file(WRITE "${WORK}/rules/own.rules"
     "rule     own-rule\n${class}${pattern}${example}source   own notes, 2026-05\n")
expect("a rule file without a mistake" 0 "" check --rules rules)
