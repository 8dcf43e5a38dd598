#!/usr/bin/perl
# Makes samples/archive: three days of a small sender whose mail to Gmail starts to bounce on the
# second day. Deterministic: its own numbers, RFC 3339 stamps, gzip -n.
use strict;
use warnings;
use File::Basename;
my $dir = dirname(__FILE__) . "/archive";
my $state = 20260501;
sub chance { $state = ($state * 1103515245 + 12345) % 2147483648; return $state / 2147483648; }
my @to = (
    ["gmail.com", "gmail-smtp-in.l.google.com", "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 Please check the address"],
    ["yahoo.com", "mta5.am0.yahoodns.net", "554 delivery error: dd This user doesn't have a yahoo.com account"],
    ["outlook.com", "outlook-com.olc.protection.outlook.com", "550 5.5.0 Requested action not taken: mailbox unavailable"],
    ["example.net", "mx.example.net", "550 5.1.1 User unknown"],
);
my @names = ("mail.log.2", "mail.log.1", "mail.log");
for my $day (0 .. 2) {
    open(my $out, ">", "$dir/$names[$day]") or die "$names[$day]: $!";
    for my $i (0 .. ($day == 2 ? 599 : 1799)) {
        my $second = $i * 48;
        my $stamp = sprintf("2026-05-%02dT%02d:%02d:%02d.000000+00:00", $day + 1, $second / 3600, $second / 60 % 60, $second % 60);
        my $hour = int($second / 3600);
        my $which = chance() < 0.7 ? 0 : 1 + int(chance() * 3);
        my ($domain, $relay, $text) = @{$to[$which]};
        my $is_incident = $which == 0 && $day == 1 && $hour >= 8 && $hour < 16;
        my $hard = chance() < ($is_incident ? 0.35 : 0.005);
        my $id = sprintf("4Cz%dQ%07d", $day, $i);
        my $tail = $hard ? "dsn=5.1.1, status=bounced (host $relay\[192.0.2.25] said: $text (in reply to RCPT TO command))"
            : "dsn=2.0.0, status=sent (250 2.0.0 OK)";
        print $out "$stamp mx1 postfix/qmgr[301]: $id: from=<bounce\@news.example>, size=4096, nrcpt=1 (queue active)\n",
            "$stamp mx1 postfix/smtp[402]: $id: to=<user$i\@$domain>, relay=$relay\[192.0.2.25]:25, delay=1.2, delays=0.1/0/0.5/0.6, $tail\n",
            "$stamp mx1 postfix/qmgr[301]: $id: removed\n";
    }
    close($out) or die "$names[$day]: $!";
}
system("gzip", "-9nf", "$dir/mail.log.2", "$dir/mail.log.1") == 0 or die "gzip failed";
