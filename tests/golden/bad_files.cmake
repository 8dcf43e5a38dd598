# Part of bad_inputs.cmake: files that are not there, or not logs. The good one is still read.

expect_scan("a missing file is named and the others are read" 1
    "bouncewatch: absent\\.log: [^\n]*No such file${sentence}" absent.log good.log)
must_hold("missing" "${good}" "\"path\":\"good.log\"")
expect_scan("a name below a file" 1 "bouncewatch: good\\.log/x: [^\n]*Not a directory${sentence}"
    good.log/x good.log)
must_hold("below a file" "${good}")
file(CREATE_LINK nowhere "${WORK}/dangling.log" SYMBOLIC)
expect_scan("a dangling link" 1 "bouncewatch: dangling\\.log: [^\n]*No such file${sentence}"
    dangling.log good.log)
must_hold("dangling" "${good}")
expect_scan("a directory without logs" 1 "bouncewatch: empty_directory: ${sentence}"
    empty_directory good.log)
must_hold("directory" "${good}")
expect_scan("only a missing file still gives a report" 1
    "bouncewatch: absent\\.log: ${sentence}" absent.log)
must_hold("only missing" "\"inputs\":[]" "\"lines\":{\"total\":0,")
expect("records of a missing file" 1 "bouncewatch: absent\\.log: ${sentence}"
    records absent.log good.log)
must_hold("records of a missing file" "\"file\":\"good.log\",\"line\":3")

file(WRITE "${WORK}/empty.log" "")
expect_scan("an empty file" 1 "bouncewatch: empty\\.log: ${sentence}" empty.log good.log)
must_hold("empty" "${good}")

# A line over the limit of 64 KiB is cut, and still is what it was.
string(REPEAT "x" 70000 words)
file(WRITE "${WORK}/wide.log" "${head}AAAAA4: to=<d@example.com>, relay=none, delay=1, "
     "delays=0/0/0/1, dsn=4.4.1, status=deferred (${words})\n"
     "${head}AAAAA5: to=<e@example.com>, ${tail}\n")
expect_scan("a line over 64 KiB" 0 "(${sentence})?" wide.log)
must_hold("wide" "\"total\":2,\"outcome\":2,\"known\":0,\"malformed\":0,\"unknown\":0,\"cut\":1"
    "\"delivered\":1,\"hard\":0,\"soft\":1")

# Not logs: every line is unknown, the report says so, and nothing is lost of the others.
shell("{ printf '\\177ELF\\002\\001\\001\\000'; head -c 70000 /bin/sh; } >binary.log")
expect_scan("a binary file has unknown lines" 0 "(${sentence})?" binary.log)
must_hold("binary" "\"format\":\"unknown\"" "\"outcome\":0,\"known\":0,\"malformed\":0"
    "\"notice\":\"unknown_lines\"")
file(WRITE "${WORK}/page.log" "<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head>\n"
     "<body>to=&lt;a@example.com&gt;, relay=x, status=sent</body></html>\n")
expect_scan("an HTML page has unknown lines" 0 "(${sentence})?" page.log)
must_hold("page" "\"format\":\"unknown\"" "\"notice\":\"unknown_lines\"" "\"total\":3,\"outcome\":0")
file(WRITE "${WORK}/web.log"
     "192.0.2.1 - - [01/May/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n")
expect_scan("a web server's log has unknown lines" 0 "(${sentence})?" web.log good.log)
must_hold("web" "${good}" "\"total\":4,\"outcome\":3,\"known\":0,\"malformed\":0,\"unknown\":1")
