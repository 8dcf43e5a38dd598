#!/bin/sh
# A real Postfix on loopback sends a few hundred mails to a sink that answers by recipient and
# counts its answers. `bouncewatch scan` over Postfix's own logs must count exactly the same.
#
# usage: run.sh PATH_OF_BOUNCEWATCH PATH_OF_SMTP_SINK
#
# Postfix gets its own configuration, queue and log in a temporary directory; the system's Postfix
# and its queue are never touched. Only processes started here are ended, by their pid.
set -u
program=$1
sink_program=$2

fail() {
    echo "postfix test: $*" >&2
    if [ -n "${dir:-}" ] && [ -f "$dir/log/mail.log" ]; then
        echo "--- last lines of $dir/log/mail.log:" >&2
        tail -n 15 "$dir/log/mail.log" >&2
    fi
    exit 1
}

[ "$(id -u)" = 0 ] || fail "needs root, because Postfix's master does; run tests/run.sh with sudo"
for tool in postfix postconf postqueue smtp-source jq; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null ||
        fail "$tool is not installed; \`sh samples/install.sh --tests\` installs it"
done
PATH=$PATH:/usr/sbin

sink_pid=
dir=$(mktemp -d "${TMPDIR:-/tmp}/bouncewatch-postfix.XXXXXX") || exit 1

master_pid() {
    tr -d ' ' <"$dir/spool/pid/master.pid" 2>/dev/null
}

stop_postfix() {
    pid=$(master_pid)
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
    postfix -c "$dir/etc" stop >/dev/null 2>&1
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.5
    done
    kill -9 "$pid" 2>/dev/null
}

clean_up() {
    stop_postfix
    [ -n "$sink_pid" ] && kill "$sink_pid" 2>/dev/null
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- the sink: prints its port first, its counts when it is told to stop
"$sink_program" 170 >"$dir/sink.out" &
sink_pid=$!
tries=0
until [ -s "$dir/sink.out" ]; do
    tries=$((tries + 1))
    [ $tries -le 50 ] || fail "the sink did not start"
    sleep 0.1
done
port=$(head -n 1 "$dir/sink.out")

# --- a Postfix of our own. No TCP port: smtpd listens on a unix socket of the queue.
chmod 755 "$dir"
mkdir -p "$dir/etc/dynamicmaps.cf.d" "$dir/etc/postfix-files.d" "$dir/spool" "$dir/data" "$dir/log"
chown postfix: "$dir/data"
cp /etc/postfix/dynamicmaps.cf /etc/postfix/postfix-files "$dir/etc/"
sed 's/^smtp      inet.*/smtpd unix n - n - - smtpd/' /etc/postfix/master.cf.proto |
    awk '!/^#/ && NF && !/^ / && !/^(maildrop|uucp|ifmail|bsmtp|scalemail|mailman)/ {
             if ($2 != "unix-dgram" && $5 == "y") $5 = "n"; print }' >"$dir/etc/master.cf"
cat >"$dir/etc/main.cf" <<CONFIG
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/log/mail.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = 127.0.0.1
myhostname = mx.sender.example
mydestination =
local_transport = error:no local delivery
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_host_lookup = native
disable_dns_lookups = yes
relayhost = [127.0.0.1]:$port
notify_classes =
# Nothing is tried again but by postqueue -f below: so no attempt is cut by the stop.
minimal_backoff_time = 1h
maximal_backoff_time = 1h
queue_run_delay = 1h
smtp_connect_timeout = 5s
enable_long_queue_ids = yes
CONFIG
postfix -c "$dir/etc" start >"$dir/start.out" 2>&1 ||
    fail "Postfix did not start: $(cat "$dir/start.out")"

# --- wait until no mail is on its way and the log has not grown for a second; at most 60 s
log_bytes() {
    cat "$dir"/log/mail.log* 2>/dev/null | wc -c
}
files_in() {
    (cd "$dir/spool" && find "$@" -type f | wc -l)
}
settle() {
    quiet=0
    ticks=0
    before=$(log_bytes)
    while [ $quiet -lt 5 ]; do
        ticks=$((ticks + 1))
        [ $ticks -le 240 ] || fail "the queue has not settled within 60 s"
        sleep 0.25
        now=$(log_bytes)
        if [ "$now" = "$before" ] && [ "$(files_in incoming active maildrop)" -eq 0 ]; then
            quiet=$((quiet + 1))
        else
            quiet=0
        fi
        before=$now
    done
}

# --- the load: 30 messages of three recipients per kind of answer, 60 that meet six kinds at once.
# Bounce notifications go to the sink as well, from the null sender.
send() {
    smtp-source -s 4 -N -m "$1" -r "$2" -l 1200 -f "news@$3-list.example" -t "$4" \
        "unix:$dir/spool/public/smtpd" || fail "smtp-source could not hand over mail to $4"
}
tries=0
until [ -S "$dir/spool/public/smtpd" ]; do
    tries=$((tries + 1))
    [ $tries -le 50 ] || fail "Postfix does not listen: $(cat "$dir/start.out")"
    sleep 0.1
done
for kind in ok nouser lines full blocked greylist content; do
    send 30 3 "$kind" "user@$kind.example"
done
send 60 6 mixed "user@mixed.example"
settle
deferred=$(files_in deferred)
[ "$deferred" -gt 0 ] || fail "no mail was deferred, so the retry would test nothing"

# A real rotation, so that queue ids go on in a second file, and one retry of what was deferred.
postfix -c "$dir/etc" logrotate >"$dir/rotate.out" 2>&1 ||
    fail "the log could not be rotated: $(cat "$dir/rotate.out")"
settle
postqueue -c "$dir/etc" -f || fail "the queue could not be flushed"
ticks=0
until [ "$(files_in deferred)" -lt "$deferred" ]; do
    ticks=$((ticks + 1))
    [ $ticks -le 120 ] || fail "no greylisted mail was delivered at the second try"
    sleep 0.25
done
settle
stop_postfix
kill "$sink_pid" && wait "$sink_pid"
status=$?
sink_pid=
[ $status -eq 0 ] || fail "the sink ended with status $status"
tail -n +2 "$dir/sink.out" >"$dir/sink.json"
echo "sink:      $(jq -c . "$dir/sink.json")"
ls -l "$dir/log"

# --- does the log say what the sink says? If not, the test itself is at fault, not the program.
zcat -f "$dir"/log/mail.log* | awk '
    / status=sent /     { delivered++ }
    / status=bounced /  { hard++ }
    / status=deferred / { soft++ }
    END { printf "{\"delivered\":%d,\"hard\":%d,\"soft\":%d}\n", delivered, hard, soft }' \
    >"$dir/log.json"
echo "log:       $(cat "$dir/log.json")"
jq -e --slurpfile sink "$dir/sink.json" \
    '. == ($sink[0] | {delivered, hard, soft}) and .delivered > 0 and .hard > 0 and .soft > 0' \
    "$dir/log.json" >/dev/null || fail "Postfix's log and the sink do not agree; nothing was tested"

# --- the program
"$program" scan --report json --internal none --timezone UTC "$dir/log" \
    >"$dir/report.json" || fail "scan ended with status $?"
jq -c '.totals' "$dir/report.json" | sed 's/^/scan:      /'

failed=0
# compare WHAT EXPRESSION_OVER_REPORT EXPRESSION_OVER_SINK
compare() {
    found=$(jq -c "$2" "$dir/report.json")
    wanted=$(jq -c "$3" "$dir/sink.json")
    if [ "$found" = "$wanted" ]; then
        echo "exact:     $1: $found"
    else
        echo "DIFFERENT: $1: scan says $found, the sink $wanted" >&2
        failed=1
    fi
}
compare 'totals' '.totals | {delivered, hard, soft}' '{delivered, hard, soft}'
compare 'outcome lines' '.lines.outcome' '.delivered + .hard + .soft'
compare 'neither malformed nor unknown' '[.lines.malformed, .lines.unknown]' '[0, 0]'
compare 'user_unknown' '[.classes[] | select(.class == "user_unknown").count] | add' \
    '.answers.nouser + .answers.lines'
compare 'mailbox_full' '[.classes[] | select(.class == "mailbox_full").count] | add' '.answers.full'
compare 'greylist' '[.classes[] | select(.class == "greylist").count] | add' '.answers.greylist'
for kind in nouser lines content; do
    compare "domain $kind.example" \
        "[.recipient_domains[] | select(.domain == \"$kind.example\").hard] | add" '90'
done
compare 'domain ok.example' '[.recipient_domains[] | select(.domain == "ok.example").delivered] | add' 90

# The same outcomes one by one, and by default the loopback relay is a hop inside the site.
"$program" records --internal none --timezone UTC "$dir"/log/mail.log.* "$dir/log/mail.log" \
    >"$dir/records.ndjson" || fail "records ended with status $?"
jq -s 'def n($e): map(select(.event == $e and .hop == "remote")) | length;
       {delivered: n("delivered"), hard: n("bounced"), soft: n("deferred")}' \
    "$dir/records.ndjson" >"$dir/report.json"
compare 'records' '{delivered, hard, soft}' '{delivered, hard, soft}'
"$program" scan --report json --timezone UTC "$dir/log" >"$dir/report.json" ||
    fail "scan ended with status $?"
compare 'loopback is internal by default' \
    '[.totals.delivered + .totals.hard + .totals.soft, .totals.internal > 0]' '[0, true]'
exit $failed
