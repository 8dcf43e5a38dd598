#!/usr/bin/perl
# Makes samples/archive: four days of three senders. On the second day a shop mails an old list to
# Gmail: from 09:00 on the addresses that do not exist bring it into the warning zone, from 10:00 on
# into the blocking zone, and the zone is left again once the list is stopped at 11:00.
# Deterministic: its own numbers, RFC 3339 stamps, gzip -n.
use strict;
use warnings;
use File::Basename;
use Time::Local qw(timegm);

my $directory = dirname(__FILE__) . "/archive";
my $first_day = timegm(0, 0, 0, 1, 4, 2026);
my $state     = 20260501;

sub chance { $state = ($state * 1103515245 + 12345) % 2147483648; return $state / 2147483648; }
sub pick   { return $_[ int(chance() * @_) ]; }

my %places = (
    gmail     => { domains => ["gmail.com"], relay => "gmail-smtp-in.l.google.com[142.250.27.26]:25", ok => "250 2.0.0 OK  %d - gsmtp",
                   unknown => "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser - gsmtp",
                   slow    => "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP address. 421 4.7.28 To protect our users, mail has been temporarily rate limited. gsmtp" },
    yahoo     => { domains => [ "yahoo.com", "aol.com" ], relay => "mta5.am0.yahoodns.net[67.195.228.94]:25", ok => "250 ok dirdel",
                   unknown => "554 delivery error: dd This user doesn't have a yahoo.com account (%s) [0]",
                   slow    => "421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints" },
    microsoft => { domains => [ "outlook.com", "hotmail.com" ], relay => "outlook-com.olc.protection.outlook.com[52.101.73.1]:25",
                   ok => "250 2.6.0 <%d\@shop.example> [InternalId=%d] Queued mail for delivery -> 250 2.1.5",
                   unknown => "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
                   slow    => "451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (S77719)" },
    company   => { domains => [ map { "company$_.example" } 1 .. 40 ], relay => "mx.%s[198.51.100.7]:25", ok => "250 2.0.0 Ok: queued as 4Fz%d",
                   unknown => "550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table",
                   slow    => "450 4.2.0 <%s>: Recipient address rejected: Greylisted, try again in 300 seconds" },
);
my @mix = ( ("gmail") x 11, ("yahoo") x 3, ("microsoft") x 4, ("company") x 4 );
my $serial = 0;

# One try to deliver: the line behind "QUEUEID: to=<...>, relay=...".
sub attempt {
    my ( $place, $to, $relay, $status, $text ) = @_;
    my ($code) = $text =~ /^\d{3}[- ](\d\.\d+\.\d+)/;
    $code //= $status eq "sent" ? "2.0.0" : $status eq "deferred" ? "4.0.0" : "5.0.0";
    ( my $host = $relay ) =~ s/:25$//;
    $text = "host $host said: $text (in reply to RCPT TO command)" if $status ne "sent";
    return sprintf( "to=<%s>, relay=%s, delay=%.1f, delays=0.1/0/0.5/%.1f, dsn=%s, status=%s (%s)",
        $to, $relay, 0.7 + chance(), 0.2 + chance(), $code, $status, $text );
}

sub message {
    my ( $time, $lines ) = @_;
    my $id     = sprintf( "4Cz%05dz%03x", $serial, $serial % 4096 );
    my $name   = pick(@mix);
    my $place  = $places{$name};
    my $domain = pick( @{ $place->{domains} } );
    my $hour   = ( $time - $first_day ) / 3600;
    my $sender = pick(qw(bounce@shop.example news@club.example alerts@app.example));
    my $hard   = 0.006;
    if ( $name eq "gmail" && $hour >= 33 && $hour < 35 ) {
        $sender = 'bounce@shop.example' if chance() < 0.7;
        $hard   = ( $hour < 34 ? 0.07 : 0.20 ) if $sender eq 'bounce@shop.example';
    }
    my $to = pick(qw(anna bert carla dirk eva fritz gina hugo)) . "." . int( chance() * 9000 ) . "\@$domain";
    ( my $relay = $place->{relay} ) =~ s/%s/$domain/;
    my $say = sub { push @{ $_[0] }, [ $_[1], "$_[2]: $_[3]" ] };
    my ( $size, $at ) = ( 2000 + int( chance() * 60000 ), $time );
    $serial++;
    $say->( $lines, $at, "postfix/qmgr[711]", "$id: from=<$sender>, size=$size, nrcpt=1 (queue active)" );
    my $dice = chance();
    my $smtp = "postfix/smtp[" . ( 1200 + $serial % 37 ) . "]";
    if ( $dice < $hard ) {
        $say->( $lines, $at + 1, $smtp, "$id: " . attempt( $name, $to, $relay, "bounced", $place->{unknown} =~ s/%s/$to/r ) );
    }
    elsif ( $name eq "company" && $dice > 0.998 ) {
        $say->( $lines, $at + 1, $smtp, "$id: " . attempt( $name, $to, $relay, "bounced",
            "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.25" ) );
    }
    else {
        if ( $dice > 0.96 ) {
            $say->( $lines, $at + 1, $smtp, "$id: " . attempt( $name, $to, $relay, "deferred", $place->{slow} =~ s/%s/$to/r ) );
            $at += 600;
            $say->( $lines, $at, "postfix/qmgr[711]", "$id: from=<$sender>, size=$size, nrcpt=1 (queue active)" );
        }
        my @numbers = ( $time, $serial );
        ( my $ok = $place->{ok} ) =~ s/%d/shift @numbers/ge;
        $say->( $lines, $at + 1, $smtp, "$id: " . attempt( $name, $to, $relay, "sent", $ok ) );
    }
    $say->( $lines, $at + 1, "postfix/qmgr[711]", "$id: removed" );
}

# Busy from 08:00 to 14:00, the last day only until 09:00.
my @lines;
for my $hour ( 0 .. 80 ) {
    my $busy = $hour % 24 >= 8 && $hour % 24 < 14;
    my $count = $busy ? 260 : 6;
    message( $first_day + $hour * 3600 + int( $_ * 3600 / $count ), \@lines ) for 0 .. $count - 1;
}
@lines = sort { $a->[0] <=> $b->[0] } @lines;
my @names = map { $_ == 0 ? "mail.log" : "mail.log.$_" } reverse 0 .. 3;
for my $day ( 0 .. 3 ) {
    open( my $out, ">", "$directory/$names[$day]" ) or die "$names[$day]: $!";
    for my $line ( grep { int( ( $_->[0] - $first_day ) / 86400 ) == $day } @lines ) {
        my ( $second, $minute, $hour, $month_day ) = gmtime( $line->[0] );
        printf $out "2026-05-%02dT%02d:%02d:%02d.%06d+00:00 mx1 %s\n", $month_day, $hour, $minute, $second, $line->[0] * 7919 % 1000000, $line->[1];
    }
    close($out) or die "$names[$day]: $!";
}
system( "gzip", "-9nf", map { "$directory/mail.log.$_" } 1 .. 3 ) == 0 or die "gzip failed";
