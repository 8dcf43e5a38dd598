# Part of bad_inputs.cmake: wrong command lines. Exit status 2, nothing printed, the valid named.

expect("unknown command" 2
    "bouncewatch: [^\n]*\"scna\"[^\n]*scan[^\n]*records[^\n]*classify[^\n]*check[^\n]*\n" scna)
foreach(command scan records classify check)
    expect("${command}: unknown option" 2
        "bouncewatch: ${command}: [^\n]*\"--nonsense\"[^\n]*--help[^\n]*\n" ${command} --nonsense)
endforeach()
expect("unknown short option behind an operand" 2
    "bouncewatch: scan: [^\n]*\"-q\"[^\n]*\n" scan good.log -q)
expect("an option without its value" 2 "bouncewatch: scan: [^\n]*\"--top\"[^\n]*\n" scan good.log --top)
foreach(option threads top year since until report fail-on format timezone internal)
    expect("--${option}=nonsense" 2 "bouncewatch: [^\n]*\"?nonsense\"?[^\n]*\n"
        scan --${option} "nonsense/" good.log)
endforeach()
foreach(value 0 65 -1 "" 1.5 2x 99999999999999999999)
    expect("--threads \"${value}\"" 2 "bouncewatch: --threads: [^\n]*1 to 64\n"
        scan --threads "${value}" good.log)
endforeach()
foreach(value -1 x "" "1 ")
    expect("--top \"${value}\"" 2 "bouncewatch: --top: ${sentence}" scan --top "${value}" good.log)
endforeach()
foreach(value 0 1969 10000 26 x)
    expect("--year ${value}" 2 "bouncewatch: --year: ${sentence}" scan --year ${value} good.log)
endforeach()
foreach(value yesterday 2026-13-01 2026-02-30 2026-05-01T25:00:00Z 2026-05-01T09:00:00+99:00 "")
    expect("--since \"${value}\"" 2 "bouncewatch: --since: ${sentence}"
        scan --since "${value}" good.log)
endforeach()
foreach(value 10.0.0.0/33 10.0.0/8 ::1/129 "a b")
    expect("--internal \"${value}\"" 2 "bouncewatch: [^\n]*${value}[^\n]*\n"
        scan --internal "${value}" good.log)
endforeach()
expect("the form must be known" 2 "bouncewatch: --report: [^\n]*text[^\n]*json[^\n]*\n"
    scan --report xml good.log)
expect("the zone must be known" 2 "bouncewatch: --fail-on: [^\n]*warning[^\n]*blocking[^\n]*\n"
    scan --fail-on acceptable good.log)
expect("the provider must be known" 2 "bouncewatch: --provider: [^\n]*gmail[^\n]*yahoo[^\n]*\n"
    classify --provider hotmale "550 5.1.1 User unknown")
expect("events that cannot be written" 2 "bouncewatch: absent/events: ${sentence}"
    scan --events absent/events good.log)
expect("no configuration is no default" 2 "bouncewatch: absent\\.yaml: ${sentence}"
    scan -c absent.yaml good.log)
