#!/bin/sh
# The daemon counts the same with what it does not need given up, and without: a log that is copied
# and truncated, UDP, a file of events, SIGHUP, HTTP. And a program is run for events where one is
# configured.
#
# Usage: run.sh PROGRAM WORK EXPECTED: 1 when system calls can be given up in this build, else 0
set -eu

program=$1 work=$2 expected=$3
rm -rf "$work"
mkdir -p "$work/logs" "$work/events" "$work/conf"
cd "$work"
port=$((20000 + $$ % 20000))
daemon=

end() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
}
trap end EXIT

fail() {
    echo "confine: $*" >&2
    exit 1
}

# lines FROM TO: a hard bounce in every fifth
lines() {
    awk -v from="$1" -v to="$2" 'BEGIN {
        refused = "5.1.1, status=bounced (host mx.a.example[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))"
        taken = "2.0.0, status=sent (250 OK)"
        for (i = from; i < to; i++)
            printf "May  1 09:%02d:%02d mx1 postfix/smtp[7]: 4g%08X: to=<u%06d@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=%s\n", i / 60 % 60, i % 60, i, i, i % 5 ? taken : refused
    }'
}

get() {
    curl -s --max-time 10 "http://127.0.0.1:$port$1"
}

# counted N: until so many lines are counted, or it fails
counted() {
    i=0
    while [ "$(get /api/v1/zones | jq '.lines.total')" != "$1" ]; do
        i=$((i + 1))
        if [ "$i" -gt 100 ]; then
            fail "$(get /api/v1/zones | jq -c '.lines') instead of $1 lines"
        fi
        sleep 0.1
    done
}

metric() {
    get /metrics | awk -v name="$1" '$1 == name { print $2 }'
}

# run NAME OPTION SINK: the story; prints what was counted
run() {
    rm -rf logs/* events/* state
    cat >conf/bw.yaml <<EOF
tail: $work/logs/mail.log*
from: start
timezone: UTC
http: 127.0.0.1:$port
listen: udp://127.0.0.1:$port
state: $work/state
sinks:
  - {to: "$3"}
EOF
    lines 0 300 >logs/mail.log
    # shellcheck disable=SC2086
    "$program" run -c conf/bw.yaml $2 &
    daemon=$!
    i=0
    while ! get /healthz >/dev/null; do
        i=$((i + 1))
        [ "$i" -lt 100 ] || fail "$1: the daemon does not answer"
        sleep 0.1
    done
    counted 300
    cp logs/mail.log logs/mail.log.1
    : >logs/mail.log
    lines 300 400 >>logs/mail.log
    counted 400
    kill -HUP "$daemon"
    lines 400 450 >>logs/mail.log
    counted 450
    lines 450 451 | perl -MIO::Socket::INET -e 'my $line = <STDIN>; chomp $line;
        IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift, Proto => "udp")->send($line)' "$port"
    counted 451
    files=$(metric bouncewatch_confined_files)
    calls=$(metric bouncewatch_confined_calls)
    kill "$daemon"
    wait "$daemon" || fail "$1: the daemon did not end well"
    daemon=
    "$program" report -c conf/bw.yaml --state state --report json | jq -c 'del(.elapsed_s)' >"report.$1"
    echo "confine: $1: files $files, calls $calls, $(jq -c .totals "report.$1")"
}

run on "" "$work/events/e.ndjson"
on="$files $calls"
[ "$(jq -r .type events/e.ndjson | sort -u | tr '\n' ' ')" = "notice zone " ] ||
    fail "the events are not those that were expected: $(cat events/e.ndjson)"
run off --no-confine "$work/events/e.ndjson"
[ "$files $calls" = "0 0" ] || fail "--no-confine does not turn it off: $files $calls"
cmp report.on report.off || fail "the reports differ"

cat >conf/tell.sh <<EOF
#!/bin/sh
cat >>"$work/events/told"
EOF
chmod +x conf/tell.sh
run exec "" "exec:$work/conf/tell.sh"
[ "$files $calls" = "0 0" ] || fail "a program for events must not be confined: $files $calls"
grep -q '"zone":"blocking"' events/told || fail "the program was not run"

# Files too, where the kernel has Landlock: the unit test says whether it has.
[ "${on#* }" = "$expected" ] || fail "system calls: $on instead of $expected"
