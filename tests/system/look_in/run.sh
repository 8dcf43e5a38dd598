#!/bin/sh
# A look into a running daemon: its report by HTTP is that of its state directory, `top` shows what is
# in a zone, on a port and on a unix socket; and what a user gets who asks in the wrong place.
#
# Usage: run.sh PROGRAM WORK
set -eu

program=$1 work=$2
rm -rf "$work"
mkdir -p "$work"
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
    echo "look_in: $*" >&2
    exit 1
}

awk 'BEGIN {
    refused = "5.1.1, status=bounced (host mx.a.example[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))"
    taken = "2.0.0, status=sent (250 OK)"
    for (i = 0; i < 600; i++)
        printf "May  1 09:%02d:%02d mx1 postfix/smtp[7]: 4g%08X: to=<u%06d@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=%s\n", i / 60 % 60, i % 60, i, i, i % 5 ? taken : refused
}' >mail.log

# look ADDRESS URL: all of it, with the daemon serving there
look() {
    rm -rf state
    "$program" run --tail "$work/mail.log" --from start --timezone UTC --http "$1" \
        --state "$work/state" &
    daemon=$!
    i=0
    while ! "$program" top --once --url "$2" >top 2>/dev/null || ! grep -q ' 600 lines' top; do
        i=$((i + 1))
        [ "$i" -lt 100 ] || fail "$2: the daemon does not show 600 lines: $(cat top)"
        sleep 0.1
    done
    "$program" report --url "$2" --report json --top 7 | jq 'del(.elapsed_s)' >by_url
    "$program" report --state state --report json --top 7 --timezone UTC | jq 'del(.elapsed_s)' >by_state
    cmp by_url by_state || fail "$2: the reports differ"
    [ "$(jq .totals.hard by_url)" = 120 ] || fail "$2: $(jq -c .totals by_url)"
    "$program" report --url "$2" --output text
    grep -q 'a.example' text || fail "$2: the text is no report: $(head -5 text)"
    # The minute is judged when it is over, which the log says at its next line.
    grep -q 'blocking  a.example 1h' top || fail "$2: top does not show the zone: $(cat top)"
    kill "$daemon"
    wait "$daemon" || fail "the daemon did not end well"
    daemon=
    echo "look_in: $2: good"
}

look "127.0.0.1:$port" "http://127.0.0.1:$port"
look "unix:$work/socket" "unix:$work/socket"

status=0
"$program" report --url "127.0.0.1:$port" 2>said || status=$?
[ "$status" = 2 ] || fail "nobody is there, and the exit status is $status"
grep -q "127.0.0.1:$port: .*; start the daemon with --http there, or use --state" said ||
    fail "that message helps nobody: $(cat said)"
status=0
"$program" top --once --url "unix:$work/nowhere" 2>said || status=$?
[ "$status" = 1 ] || fail "nobody is there, and the exit status of top is $status"
grep -q 'is the daemon running' said || fail "that message helps nobody: $(cat said)"
status=0
"$program" report --url a --state b 2>said || status=$?
[ "$status" = 2 ] || fail "both --url and --state, and the exit status is $status"
