# usage: perl slow_writer.pl LOG: writes LOG to standard output in pieces, so that the reader's
# reads end inside lines: the piece of line n ends behind its byte n, the next takes over there.
use strict;
use warnings;

open(my $log, '<:raw', $ARGV[0]) or die "$ARGV[0]: $!";
my ($pending, $n) = ('', 0);
sub put {
    my ($bytes) = @_;
    while (length $bytes) {
        my $written = syswrite(STDOUT, $bytes) // die "write: $!";
        substr($bytes, 0, $written, '');
    }
    select(undef, undef, undef, 0.002); # time for the reader to take it
}
while (my $line = <$log>) {
    my $cut = $n++ % length($line);
    put($pending . substr($line, 0, $cut)) if length($pending) + $cut > 0;
    $pending = substr($line, $cut);
}
put($pending);
