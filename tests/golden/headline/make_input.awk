# Five hours of one day, one sender per story:
#   news.example  at gmail      10 a minute; hard: none for 1 h, 4 % for 1 h, 10 % for 1 h, then none
#   shop.example  at yahoo      150 in the minute 02:10, every third one hard, then none
#   bills.example at microsoft   2 a minute, 1 % hard
#   tiny.example  at others     90 in all, every second one hard: below min_attempts
function outcome(minute, sender, domain, relay, is_hard, text) {
    stamp = sprintf("2026-05-01T%02d:%02d:%02d+00:00", int(minute / 60), minute % 60, n % 60)
    id = sprintf("4G%08X", ++n)
    printf "%s mx postfix/qmgr[1]: %s: from=<bounce@%s>, size=1000, nrcpt=1 (queue active)\n", stamp, id, sender
    printf "%s mx postfix/smtp[2]: %s: to=<user%d@%s>, relay=%s[192.0.2.5]:25, delay=1, delays=0/0/0/1, ", stamp, id, n, domain, relay
    if (is_hard)
        printf "dsn=5.1.1, status=bounced (host %s[192.0.2.5] said: %s (in reply to RCPT TO command))\n", relay, text
    else
        print "dsn=2.0.0, status=sent (250 2.0.0 OK)"
    printf "%s mx postfix/qmgr[1]: %s: removed\n", stamp, id
}
BEGIN {
    for (minute = 0; minute < 300; minute++) {
        hard = minute < 60 ? 0 : minute < 120 ? (minute % 5 < 2) : minute < 180 ? 1 : 0
        for (i = 0; i < 10; i++)
            outcome(minute, "news.example", "gmail.com", "gmail-smtp-in.l.google.com", i < hard,
                    "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 Please try double-checking")
        for (i = 0; minute == 130 && i < 150; i++)
            outcome(minute, "shop.example", "yahoo.com", "mta5.am0.yahoodns.net", i % 3 == 0,
                    "552 1 Requested mail action aborted, mailbox not found")
        for (i = 0; i < 2; i++)
            outcome(minute, "bills.example", "outlook.com", "outlook-com.olc.protection.outlook.com",
                    i == 0 && minute % 50 == 25, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup")
        if (minute >= 100 && minute < 190)
            outcome(minute, "tiny.example", "example.net", "mx.example.net", minute % 2, "550 5.1.1 User unknown")
    }
}
