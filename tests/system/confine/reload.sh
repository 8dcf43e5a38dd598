#!/bin/sh
# SIGHUP after the daemon has given up what it did not need: what it needs is still there (secrets,
# certificates and rules that are renewed), what is new and within reach works, and what is out of
# reach is refused with one sentence while the old configuration stays. Without confinement all of it
# works.
#
# Usage: reload.sh PROGRAM WORK
set -eu

story=reload program=$1 work=$2
here=$(dirname "$0")
# shellcheck source=tests/system/confine/story.sh
. "$here/story.sh"
hook=$((port + 1)) tls=$((port + 2))
outside="it lies outside of the directories that bouncewatch kept the right to when it started; restart bouncewatch"

# A receiver of events: their bodies and signatures, one line each.
perl -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 5,
                                       ReuseAddr => 1) or die;
    open(my $out, ">>", shift) or die;
    $out->autoflush(1);
    while (my $client = $server->accept) {
        my ($size, $signature) = (0, "none");
        while (my $line = <$client>) {
            $size = $1 if $line =~ /^content-length: (\d+)/i;
            $signature = $1 if $line =~ /^x-bouncewatch-signature: sha256=(\S+)/i;
            last if $line =~ /^\r?$/;
        }
        read($client, my $body, $size);
        print $out "$signature $body\n";
        print $client "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        close $client;
    }' "$hook" "$work/received" &
receiver=$!
trap 'kill "$receiver" 2>/dev/null || true; end' EXIT

certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$2" \
        -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

rule() {
    printf 'rule     %s\nclass    user_unknown\npattern  /%s/i\nsource   this test\nexample  550 5.1.1 %s\n' \
        "$1" "$2" "$2"
}

# configure SINK SECRET_FILE RULES TAIL CONFINE
configure() {
    cat >conf/new.yaml <<EOF
tail: "$4"
from: start
timezone: UTC
listen: "tls://127.0.0.1:$tls?cert=$work/tls/live.pem&key=$work/tls/live.key"
state: $work/state
rules: $3
confine: $5
sinks:
  - {name: events, to: $work/events/e.ndjson}
  - {name: hook, to: "http://127.0.0.1:$hook", secret_file: $2}
  - {name: more, to: "$1"}
EOF
    mv conf/new.yaml conf/bw.yaml
}

# How many notices there are that answer a SIGHUP.
notices() {
    if [ -e events/e.ndjson ]; then
        grep -c '"notice":"reload' events/e.ndjson || true
    else
        echo 0
    fi
}

# reload: SIGHUP, and the notice that answers it is in $notice
reload() {
    count=$(notices)
    kill -HUP "$daemon"
    until_true "SIGHUP is not answered" more_notices
    notice=$(grep '"notice":"reload' events/e.ndjson | tail -1)
}

more_notices() {
    [ "$(notices)" -gt "$count" ]
}

told() {
    echo "$notice" | jq -r "$1"
}

sinks() {
    get /api/v1/zones | jq -r '[.sinks[].name] | join(" ")'
}

# works WHAT: the reload does it
works() {
    reload
    [ "$(told .notice)" = reloaded ] || fail "$name: $1: $notice"
}

# refused WHAT CAUSE: the reload says the cause, on standard error as well, and nothing changes; where
# nothing was given up it works. The configuration from before is put back.
refused() {
    cp conf/bw.yaml conf/wanted.yaml
    if [ "$confined" = 0 ]; then
        works "$1"
    else
        reload
        [ "$(told .notice)" = reload_failed ] || fail "$name: $1: it was not refused: $notice"
        [ "$(told .cause)" = "$2" ] || fail "$name: $1: $(told .cause)"
        case $(told .action) in
            "The old configuration stays."*) ;;
            *) fail "$name: $1: $(told .action)" ;;
        esac
        [ "$(sinks)" = "events hook more" ] || fail "$name: $1: $(sinks)"
        # Standard error names the column, too.
        grep -qF "${2##*[0-9]: }" said || fail "$name: $1: standard error has no such sentence: $(cat said)"
    fi
}

# signed KEY: the last event that was received is signed with it
signed() {
    tail -1 received | cut -d' ' -f2- | tr -d '\n' | openssl dgst -sha256 -hmac "$1" | sed 's/.* //' >expected
    tail -1 received | cut -d' ' -f1 | cmp -s - expected
}

served() {
    openssl s_client -connect "127.0.0.1:$tls" </dev/null 2>/dev/null | openssl x509 -noout -subject |
        grep -q "CN = $1\$"
}

# kept CAUSE: there is a notice that the certificate from before stays
kept() {
    jq -e -s --arg cause "$1" 'any(.[]; .notice == "certificate_kept" and .cause == $cause)' \
        events/e.ndjson >/dev/null
}

# run NAME OPTION: the story
run() {
    name=$1
    rm -rf state conf events closed secrets rules tls logs
    mkdir -p conf events closed secrets rules tls/archive logs
    : >received # the receiver has it open
    echo first >secrets/key
    echo outside >closed/key
    cp secrets/key conf/key
    rule one "first rule of ours" >rules/one.rules
    rule two "second rule of ours" >closed/two.rules
    mkdir closed/rules
    rule three "third rule of ours" >closed/rules/three.rules
    for i in 1 2; do certificate "tls/archive/$i" "cert$i"; done
    certificate closed/3 cert3
    ln -s archive/1.pem tls/live.pem
    ln -s archive/1.key tls/live.key
    lines 0 100 >logs/mail.log
    configure "$work/events/more.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    # shellcheck disable=SC2086
    start -c "$work/conf/bw.yaml" $2
    counted 100
    confined=$(metric bouncewatch_confined_files)

    works "nothing has changed"
    until_true "$name: an event is not signed with the first secret" signed first
    echo second >secrets/key
    works "a new secret in the same file"
    until_true "$name: an event is not signed with the second secret" signed second
    configure "$work/events/more.ndjson" "$work/conf/key" "$work/rules" "$work/logs/mail.log*" true
    works "a secret beside the configuration"
    until_true "$name: an event is not signed with the secret beside" signed first
    configure "$work/events/more.ndjson" "$work/closed/key" "$work/rules" "$work/logs/mail.log*" true
    refused "a secret elsewhere" "$work/conf/bw.yaml:10: the secret cannot be read: $outside"

    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    works "a file of events where there is one"
    until_true "$name: nothing is written there" grep -q '"notice":"reloaded"' events/new.ndjson
    configure "$work/closed/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    refused "a file of events elsewhere" "sinks: $work/closed/new.ndjson cannot be written: $outside"
    [ "$confined" = 0 ] || [ ! -e closed/new.ndjson ] || fail "$name: the file of events was made"
    configure "syslog:$work/closed/log" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    works "a socket elsewhere"
    configure "exec:/bin/true" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    refused "a program" "sinks: exec: programs cannot be started any more, for bouncewatch gave that up when it started; restart bouncewatch"

    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    rule four "fourth rule of ours" >rules/four.rules
    works "a new rule file"
    ln -s ../closed/two.rules rules/two.rules
    refused "a rule file that leads elsewhere" "$work/rules/two.rules: cannot be read: $outside"
    rm rules/two.rules
    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/closed/rules" "$work/logs/mail.log*" true
    refused "rules elsewhere" "$work/closed/rules: $outside"

    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true
    served cert1 || fail "$name: the first certificate is not served"
    ln -sfn archive/2.pem tls/live.pem
    ln -sfn archive/2.key tls/live.key
    works "a new certificate"
    served cert2 || fail "$name: the new certificate is not served"
    ln -sfn ../closed/3.pem tls/live.pem
    ln -sfn ../closed/3.key tls/live.key
    works "a certificate that leads elsewhere, all but that"
    if [ "$confined" = 1 ]; then
        until_true "$name: that the certificate stays is not told" kept "$work/tls/live.pem: cannot be read: $outside"
        served cert2 || fail "$name: the certificate from before does not stay"
    else
        served cert3 || fail "$name: the third certificate is not served"
    fi
    ln -sfn archive/2.pem tls/live.pem
    ln -sfn archive/2.key tls/live.key

    # What only a restart changes.
    mkdir -p closed/logs
    lines 100 200 >closed/logs/mail.log
    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/*/*/mail.log" true
    works "logs elsewhere"
    case $(told .action) in Restart*tail,*) ;; *) fail "$name: logs elsewhere: $(told .action)" ;; esac
    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" false
    works "no confinement"
    if [ "$2" = "" ]; then
        case $(told .action) in Restart*confine*) ;; *) fail "$name: no confinement: $(told .action)" ;; esac
    fi
    configure "$work/events/new.ndjson" "$work/secrets/key" "$work/rules" "$work/logs/mail.log*" true

    # The configuration itself, as a link.
    mv conf/bw.yaml closed/bw.yaml
    ln -s ../closed/bw.yaml conf/bw.yaml
    refused "a configuration that leads elsewhere" "$work/conf/bw.yaml: cannot be read: $outside"
    rm conf/bw.yaml

    # A restart can do what the reloads could not.
    configure "$work/closed/new.ndjson" "$work/closed/key" "$work/closed/rules" "$work/*/*/mail.log" true
    stop
    # shellcheck disable=SC2086
    start -c "$work/conf/bw.yaml" $2
    counted 200
    works "after a restart"
    until_true "$name: nothing is written there after a restart" grep -q reloaded closed/new.ndjson
    until_true "$name: an event is not signed with the secret elsewhere" signed outside
    stop
    echo "reload: $name: files $confined, $(grep -c '"notice":"reloaded"' events/e.ndjson) done, $(grep -c '"notice":"reload_failed"' events/e.ndjson || true) refused"
}

run on ""
[ "$confined" = 1 ] || echo "reload: NOT TRIED: Landlock is not in this kernel or this build"
run off --no-confine
[ "$confined" = 0 ] || fail "--no-confine does not turn it off"
