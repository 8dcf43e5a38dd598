# A log of 6000 outcomes in three days: several senders and providers, hard and soft failures, and
# queue ids whose sender stands far before the outcome.
BEGIN {
    split("gmail.com yahoo.com outlook.com example.net example.org", domain, " ")
    relay["gmail.com"] = "gmail-smtp-in.l.google.com"
    relay["yahoo.com"] = "mta5.am0.yahoodns.net"
    relay["outlook.com"] = "outlook-com.olc.protection.outlook.com"
    relay["example.net"] = "mx.example.net"
    relay["example.org"] = "mx.example.org"
    for (i = 0; i < 6000; i++) {
        d = domain[i % 5 + 1]
        minute = int(i / 2)
        stamp = sprintf("2026-05-%02dT%02d:%02d:%02d+00:00", 1 + int(minute / 1440),
                        int(minute / 60) % 24, minute % 60, (i % 2) * 30)
        id = sprintf("4Dz%06X", 1048576 + i)
        printf "%s mx postfix/qmgr[3]: %s: from=<list%d@sender%d.example>, size=%d, nrcpt=1 (queue active)\n",
            stamp, id, i, i % 3, 1000 + i
        if (i % 11 == 0)
            outcome = "dsn=5.1.1, status=bounced (host " relay[d] "[192.0.2.9] said: 550-5.1.1 No such user 550 5.1.1 here (in reply to RCPT TO command))"
        else if (i % 7 == 0)
            outcome = "dsn=4.2.2, status=deferred (host " relay[d] "[192.0.2.9] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))"
        else
            outcome = "dsn=2.0.0, status=sent (250 2.0.0 OK)"
        line[i] = stamp " mx postfix/smtp[4]: " id ": to=<user" i "@" d ">, relay=" relay[d] "[192.0.2.9]:25, delay=" i / 10 ", delays=0/0/0/1, " outcome
        if (i >= 10)
            print line[i - 10]
        if (i % 4 == 0)
            printf "%s mx postfix/qmgr[3]: 4Dz%06X: removed\n", stamp, 1048576 + i - 12
    }
    for (i = 5990; i < 6000; i++)
        print line[i]
}
