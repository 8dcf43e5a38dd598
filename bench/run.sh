#!/bin/sh
# Measures bouncewatch beside other programs over one made-up log and prints a Markdown table.
#
# usage: bench/run.sh [--bytes N] [--runs N] [--build DIR] [--install]
#
#   --bytes N    size of the log (default 400000000)
#   --runs N     runs of each program, by turns (default 5); the table shows the median
#   --build DIR  where bouncewatch, make_log and measure are (default build/release)
#   --install    install the missing programs with apt-get, which needs root
#
# The input is in a temporary directory ($TMPDIR or /tmp), which needs about 1.3 times N bytes.
set -eu

bytes=400000000
runs=5
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release
wants_install=no

wrong() {
    echo "bench/run.sh: $*" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case $1 in
    --bytes | --runs | --build)
        [ $# -ge 2 ] || wrong "$1 takes a value"
        case $1 in
        --bytes) bytes=$2 ;;
        --runs) runs=$2 ;;
        --build) build=$(cd "$2" && pwd) ;;
        esac
        shift 2
        ;;
    --install)
        wants_install=yes
        shift
        ;;
    *) wrong "there is no option $1; the head of this file lists them" ;;
    esac
done
case $bytes$runs in *[!0-9]*) wrong "--bytes and --runs take whole numbers" ;; esac
if [ "${bytes:-0}" -lt 10000000 ] || [ "${runs:-0}" -lt 1 ]; then
    wrong "--bytes is at least 10000000, --runs at least 1"
fi

for tool in bouncewatch make_log measure; do
    [ -x "$build/$tool" ] || wrong "$build/$tool is not there; build it first:" \
        "cmake --preset release && cmake --build --preset release"
done

# name of the program, name of its Debian package
tools="rg:ripgrep pflogsumm:pflogsumm mtail:mtail igzip:isal pigz:pigz zcat:gzip"
if [ $wants_install = yes ]; then
    packages=
    for pair in $tools; do
        command -v "${pair%%:*}" >/dev/null || packages="$packages ${pair#*:}"
    done
    if [ -n "$packages" ]; then
        apt-get update -qq >&2
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
    fi
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/bouncewatch-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- inputs
PATH=$build:$PATH
cd "$dir"
cp "$root/bench/outcomes.mtail" .
make_log --seed 1 --bytes "$bytes" --incident gmail --truth truth.json mail.log
gzip -c mail.log >mail.log.gz
lines=$(wc -l <mail.log)
head -n $((lines / 10)) mail.log >tenth.log
log_bytes=$(wc -c <mail.log)
gzip_bytes=$(wc -c <mail.log.gz)
tenth_bytes=$(wc -c <tenth.log)
# The answer first: a fast wrong one is worth nothing.
bouncewatch scan --report json --year 2026 --timezone UTC mail.log >report.json
for member in delivered hard soft expired internal local; do
    found=$(grep -o "\"totals\":{[^}]*" report.json | grep -o "\"$member\":[0-9]*")
    wanted=$(grep -o "\"totals\":{[^}]*" truth.json | grep -o "\"$member\":[0-9]*")
    if [ -z "$found" ] || [ "$found" != "$wanted" ]; then
        echo "bench/run.sh: bouncewatch counts $found, the truth is $wanted" >&2
        exit 1
    fi
done

# --- what is run: key, bytes of text that it reads, program, command
cat >commands <<COMMANDS
wc $log_bytes wc wc -l mail.log
rg $log_bytes rg rg -c -e status=sent -e status=bounced -e status=deferred mail.log
scan1 $log_bytes bouncewatch bouncewatch scan --threads 1 --year 2026 --timezone UTC mail.log
scan $log_bytes bouncewatch bouncewatch scan --year 2026 --timezone UTC mail.log
pflogsumm $tenth_bytes pflogsumm pflogsumm tenth.log
mtail $tenth_bytes mtail mtail --one_shot --progs outcomes.mtail --logs tenth.log
zcat $log_bytes zcat zcat mail.log.gz
igzip $log_bytes igzip igzip -dc mail.log.gz
pigz $log_bytes pigz pigz -dc mail.log.gz
scangz1 $log_bytes bouncewatch bouncewatch scan --threads 1 --year 2026 --timezone UTC mail.log.gz
scangz $log_bytes bouncewatch bouncewatch scan --year 2026 --timezone UTC mail.log.gz
COMMANDS

# --- by turns, so that a slow minute of the machine hits everyone
failed=0
run=0
while [ $run -lt "$runs" ]; do
    run=$((run + 1))
    while read -r key _ program command; do
        command -v "$program" >/dev/null || continue
        echo "run $run of $runs: $command" >&2
        # shellcheck disable=SC2086
        measure one $command >out 2>err </dev/null || {
            echo "bench/run.sh: \`$command\` ended with status $?: $(tail -n 3 err)" >&2
            failed=1
            continue
        }
        cat one >>"times.$key"
    done <commands
done

# --- the table
median() {
    sort -n | awk '{ value[NR] = $1 } END {
        print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}
# seconds per byte of text, to compare with
reference=
[ ! -s times.scan ] || reference=$(awk '{ print $1 }' times.scan | median)

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
memory=$(awk '/^MemTotal:/ { printf "%.1f GB", $2 * 1024 / 1e9 }' /proc/meminfo)
cat <<HEAD
- date: $(date -u +%Y-%m-%dT%H:%M:%SZ), load before the table was printed: $(cut -d' ' -f1-3 /proc/loadavg)
- machine: ${cpu:-unknown processor}, $(nproc) cores, $memory, Linux $(uname -r) $(uname -m)
- $(bouncewatch --version | head -n 1)
- input: \`make_log --seed 1 --bytes $bytes --incident gmail\`: $log_bytes bytes, $lines lines;
  with gzip (level 6) $gzip_bytes bytes; files are in the page cache
- each program $runs times, by turns; median, with the fastest and the slowest run behind it
- MB are millions of bytes of text, also where the input is compressed

| command | median s | fastest to slowest | CPU s | MB/s | time for equal text | peak memory |
|---|---|---|---|---|---|---|
HEAD
while read -r key text program command; do
    if ! command -v "$program" >/dev/null; then
        echo "| \`$command\` | missing: \`bench/run.sh --install\` | | | | | |"
        continue
    fi
    [ -s "times.$key" ] || {
        echo "| \`$command\` | failed | | | | | |"
        continue
    }
    seconds=$(awk '{ print $1 }' "times.$key" | median)
    cpu_seconds=$(awk '{ print $2 }' "times.$key" | median)
    kib=$(awk '{ print $3 }' "times.$key" | median)
    range=$(awk '{ print $1 }' "times.$key" | sort -n | sed -n '1p;$p' | tr '\n' ' ')
    scaled=
    [ "$text" = "$log_bytes" ] || scaled=" (scaled from a tenth)"
    awk -v command="$command" -v seconds="$seconds" -v kib="$kib" -v text="$text" \
        -v range="$range" -v cpu="$cpu_seconds" -v scaled="$scaled" -v reference="$reference" -v whole="$log_bytes" 'BEGIN {
            split(range, ends, " ")
            ratio = reference == "" ? "" : sprintf("%.2f", seconds / text * whole / reference)
            printf "| `%s` | %.3f | %.3f to %.3f | %.3f | %.0f | %s%s | %.0f MB |\n", command,
                seconds, ends[1], ends[2], cpu, text / seconds / 1e6, ratio, scaled,
                kib * 1024 / 1e6 }'
done <commands
cat <<FOOT

"CPU s" is the median of user and system time of all threads; a busy machine stretches it least.
"Time for equal text" is the time per byte of text, with \`bouncewatch scan\` of the plain log as 1.00.
\`pflogsumm\` and \`mtail\` read the first tenth of the lines ($tenth_bytes bytes), because the whole takes too long.
FOOT
exit $failed
