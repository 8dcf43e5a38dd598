#!/bin/sh
# Writes a log whose answer is known; `bouncewatch scan` must give exactly that answer.
#
# usage: run.sh PATH_OF_BOUNCEWATCH PATH_OF_MAKE_LOG [ARGUMENT_OF_MAKE_LOG]...
set -u
program=$1
make_log=$2
shift 2

fail() {
    echo "truth test: $*" >&2
    exit 1
}

command -v jq >/dev/null || fail "jq is not installed; \`sh samples/install.sh --tests\` installs it"
dir=$(mktemp -d "${TMPDIR:-/tmp}/bouncewatch-truth.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$make_log" "$@" --truth "$dir/truth.json" "$dir/mail.log" || fail "make_log ended with status $?"
"$program" scan --report json --top 0 --year 2026 --timezone UTC "$dir/mail.log" \
    >"$dir/report.json" || fail "scan ended with status $?"
echo "log:       make_log $*: $(jq -c '[.bytes, .lines.total]' "$dir/truth.json") bytes and lines"

failed=0
# compare WHAT EXPRESSION: over the report and over the truth, one row per line
compare() {
    jq -cS "$2" "$dir/report.json" >"$dir/found" || fail "$1: the report cannot be read"
    jq -cS "$2" "$dir/truth.json" >"$dir/wanted" || fail "$1: the truth cannot be read"
    sort -o "$dir/found" "$dir/found"
    sort -o "$dir/wanted" "$dir/wanted"
    [ -s "$dir/wanted" ] || fail "$1: the truth is empty, so nothing would be tested"
    if cmp -s "$dir/found" "$dir/wanted"; then
        echo "exact:     $1: $(wc -l <"$dir/wanted") rows"
    else
        echo "DIFFERENT: $1 (< scan, > truth):" >&2
        diff "$dir/found" "$dir/wanted" | head -n 20 >&2
        failed=1
    fi
}
counts='delivered, hard, soft, expired'
compare 'bytes' '[.bytes, (.inputs // [] | map(.text_bytes) | add)] | map(select(. != null))[0]'
compare 'lines' '.lines | {total, outcome, known, malformed, unknown}'
compare 'totals' ".totals | {$counts, suppressed, internal, local, discarded, probes}"
compare 'classes' '.classes[] | select(.class != "expired") | {class, bounce, count}'
compare 'providers' ".providers[] | {provider, $counts}"
compare 'recipient domains' ".recipient_domains[] | {domain, provider, $counts}"
compare 'sender domains' ".sender_domains[] | {domain, $counts}"
compare 'senders at providers' ".sender_providers[] | {sender, provider, $counts}"

# assert WHAT EXPRESSION: over {report, truth}
# shellcheck disable=SC2016 # $i in the expressions is jq's
assert() {
    if jq -en --slurpfile r "$dir/report.json" --slurpfile t "$dir/truth.json" \
        "{report: \$r[0], truth: \$t[0]} | $2" >/dev/null; then
        echo "true:      $1"
    else
        echo "NOT TRUE:  $1; zone events:" >&2
        jq -c '.events[] | select(.type == "zone") | [.time, .key, .window, .zone, .delivered, .hard]' \
            "$dir/report.json" >&2
        failed=1
    fi
}
assert 'nothing was dropped at a limit' \
    '(.report.limits // {}) | [.keys_evicted, .queue_ids_evicted, .duplicates] | map(. // 0) | add == 0'
if [ "$(jq 'has("incident")' "$dir/truth.json")" = true ]; then
    jq -c '.incident' "$dir/truth.json" | sed 's/^/incident:  /'
    assert 'the incident is seen as blocking within its hour' \
        '.truth.incident as $i | any(.report.events[];
            .type == "zone" and .scope == "sender_provider" and .zone == "blocking" and
            .key == "\($i.sender)/\($i.provider)" and .window == "1h" and
            .time > $i.start and .time <= $i.end)'
    assert 'no zone was entered before the incident' \
        '.truth.incident as $i | all(.report.events[]; .type != "zone" or .time > $i.start)'
    assert 'only the incident'"'"'s sender, its provider and that one'"'"'s domains had zone events' \
        '.truth.incident as $i | all(.report.events[]; .type != "zone" or
            (if .sender then .sender == $i.sender and (.provider // $i.provider) == $i.provider
             else .provider == $i.provider end))'
else
    assert 'nobody had a zone event' 'all(.report.events[]; .type != "zone")'
    assert 'somebody had mail enough for one' 'any(.report.sender_providers[]; .delivered > 1000)'
fi
exit $failed
