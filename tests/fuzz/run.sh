#!/bin/sh
# Usage: [SEED=N] tests/fuzz/run.sh [SECONDS]
#
# Builds the preset `fuzz` and runs every fuzz target for SECONDS (default 30), two at a time. Each
# first replays its seeds (seeds/TARGET/) and every input that ever broke it (crashes/TARGET/).
# Fails on a crash, a broken claim, a leak, a timeout, or too much memory. The input that did it is
# kept in build/fuzz/found/TARGET/ and named in the output; once mended, it goes to crashes/TARGET/.
# SEED (default 1) begins the fuzzer's random numbers, so that a run on a fresh machine that goes
# bad after a change says something about the change; look for news with another: SEED=$(date +%s).
# What the fuzzer learned is kept in build/fuzz/corpus/TARGET/ for the next run on this machine.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/fuzz
# Freed memory is watched for a while only, else every megabyte that is freed costs page faults.
export ASAN_OPTIONS="quarantine_size_mb=16:${ASAN_OPTIONS:-}"

# Longest input in bytes; more would only be slower.
length_of() {
    case $1 in
    chunk) echo 2048 ;;
    config | gzip_stream | rule_file) echo 4096 ;;
    *) echo 1024 ;;
    esac
}

# Say how it ended and show the end of the log when it ended badly.
fail() {
    echo "fuzz: $1: FAILED while it $2; the log is $3"
    grep -E 'does not hold|ERROR|SUMMARY|runtime error|Test unit written|Running:' "$3" | tail -n 20
    exit 1
}

run_target() {
    target=$1
    program=$build/tests/fuzz/fuzz_$target
    log=$build/logs/$target
    found=$build/found/$target/
    limits="-rss_limit_mb=512 -timeout=10"
    mkdir -p "$build/logs" "$found" "$build/corpus/$target"

    # shellcheck disable=SC2086
    set -- $(find "$here/seeds/$target" "$here/crashes/$target" -type f 2>/dev/null | sort)
    if [ $# -eq 0 ]; then
        echo "fuzz: $target: FAILED: there are no seeds in tests/fuzz/seeds/$target"
        exit 1
    fi
    # shellcheck disable=SC2086
    "$program" $limits -artifact_prefix="$found" "$@" >"$log.replay" 2>&1 ||
        fail "$target" "replayed known inputs" "$log.replay"

    options="-dict=$here/dictionaries/$target.dict"
    [ -f "$here/dictionaries/$target.dict" ] || options=""
    # shellcheck disable=SC2086
    "$program" $limits $options -seed="${SEED:-1}" -max_total_time="$seconds" -max_len="$(length_of "$target")" \
        -print_final_stats=1 -artifact_prefix="$found" "$build/corpus/$target" \
        "$here/seeds/$target" >"$log" 2>&1 ||
        fail "$target" "looked for new inputs" "$log"
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    echo "fuzz: $target: $# known inputs replayed, $executions executions, $memory MB"
}

if [ "${1:-}" = "--target" ]; then
    seconds=$3
    run_target "$2"
    exit 0
fi

seconds=${1:-30}
case $seconds in
'' | *[!0-9]* | 0*)
    echo "usage: tests/fuzz/run.sh [SECONDS]" >&2
    exit 2
    ;;
esac
cd "$root"
mkdir -p "$build"
if ! { cmake --preset fuzz -DBW_WERROR=ON && cmake --build --preset fuzz -j "$(nproc)" --target fuzz_targets; } \
    >"$build/build.log" 2>&1; then
    tail -n 40 "$build/build.log"
    echo "fuzz: the targets could not be built"
    exit 1
fi
find "$here" -maxdepth 1 -name '*_target.c' -exec basename {} _target.c ';' | sort |
    xargs -P 2 -I '{}' sh "$0" --target '{}' "$seconds"
