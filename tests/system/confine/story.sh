# What the stories of this directory share: a place to work in, lines, a daemon and questions to it.
# To be read by `.` with $story (its name), $program and $work set.
# shellcheck shell=sh disable=SC2154

rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
# Four ports that no story at the same time has, below those that the kernel gives away.
port=$((12000 + $$ % 5000 * 4))
daemon=

end() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
}
trap end EXIT

fail() {
    echo "$story: $*" >&2
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

# start ARGUMENT...: a daemon, until it answers; what it says on standard error is in `said`
start() {
    "$program" run --http "127.0.0.1:$port" "$@" 2>said &
    daemon=$!
    i=0
    while ! get /healthz >/dev/null; do
        i=$((i + 1))
        if [ "$i" -gt 100 ] || ! kill -0 "$daemon" 2>/dev/null; then
            fail "the daemon does not answer: $(cat said)"
        fi
        sleep 0.1
    done
}

# stop: in peace
stop() {
    kill "$daemon"
    wait "$daemon" || fail "the daemon did not end well: $(cat said)"
    daemon=
}

# until WHAT COMMAND...: it succeeds, or WHAT is not so within ten seconds
until_true() {
    what=$1
    shift
    i=0
    while ! "$@"; do
        i=$((i + 1))
        [ "$i" -lt 100 ] || fail "$what"
        sleep 0.1
    done
}

has_counted() {
    [ "$(get /api/v1/zones | jq '.lines.total')" = "$1" ]
}

# counted N: until so many lines are counted, or it fails
counted() {
    i=0
    while ! has_counted "$1"; do
        i=$((i + 1))
        [ "$i" -lt 100 ] || fail "$(get /api/v1/zones | jq -c '.lines') instead of $1 lines"
        sleep 0.1
    done
}

metric() {
    get /metrics | awk -v name="$1" '$1 == name { print $2 }'
}
