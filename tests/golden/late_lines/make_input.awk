# Ten failures of 10:05 are written down after a delivery of 10:30. They count in the minute in
# which they happened: the hour before 11:21 holds them no longer.
function outcome(clock, how) {
    printf "2026-05-01T%s+00:00 mx postfix/smtp[2]: 4K%06d: to=<user%d@example.net>, relay=mx.example.net[192.0.2.5]:25, delay=1, delays=0/0/0/1, %s\n",
        clock, ++n, n, how
}
BEGIN {
    sent = "dsn=2.0.0, status=sent (250 2.0.0 OK)"
    hard = "dsn=5.1.1, status=bounced (host mx.example.net[192.0.2.5] said: 550 5.1.1 User unknown (in reply to RCPT TO command))"
    for (i = 0; i < 95; i++) outcome("10:00:00", sent)
    outcome("10:30:00", sent)
    for (i = 0; i < 10; i++) outcome("10:05:00", hard)
    for (i = 0; i < 100; i++) outcome("11:20:00", sent)
}
