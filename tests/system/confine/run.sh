#!/bin/sh
# The daemon counts the same with what it does not need given up, and without: a log that is copied
# and truncated, UDP, a file of events, SIGHUP, HTTP. And a program is run for events where one is
# configured.
#
# Usage: run.sh PROGRAM WORK EXPECTED: 1 when system calls can be given up in this build, else 0
set -eu

story=confine program=$1 work=$2 expected=$3
here=$(dirname "$0")
# shellcheck source=tests/system/confine/story.sh
. "$here/story.sh"
mkdir -p logs events conf

# run NAME OPTION SINK: the story; prints what was counted
run() {
    rm -rf logs/* events/* state
    cat >conf/bw.yaml <<EOF
tail: $work/logs/mail.log*
from: start
timezone: UTC
listen: udp://127.0.0.1:$port
state: $work/state
sinks:
  - {to: "$3"}
EOF
    lines 0 300 >logs/mail.log
    # shellcheck disable=SC2086
    start -c conf/bw.yaml $2
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
    stop
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
