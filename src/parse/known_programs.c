#include "parse/known_programs.h"

#include "base/check.h"

bool bw_is_mail_program(struct bw_text program)
{
    /* Names without their argument or path: "dovecot", "cyrus/imap", "amavisd-new". */
    static const struct bw_text heads[] = {
        BW_TEXT_INIT("dovecot"),      BW_TEXT_INIT("amavis"),        BW_TEXT_INIT("spamd"),
        BW_TEXT_INIT("spamc"),        BW_TEXT_INIT("spampd"),        BW_TEXT_INIT("opendkim"),
        BW_TEXT_INIT("opendmarc"),    BW_TEXT_INIT("openarc"),       BW_TEXT_INIT("policyd"),
        BW_TEXT_INIT("postgrey"),     BW_TEXT_INIT("sqlgrey"),       BW_TEXT_INIT("milter"),
        BW_TEXT_INIT("postfwd"),      BW_TEXT_INIT("postsrsd"),      BW_TEXT_INIT("rspamd"),
        BW_TEXT_INIT("clamd"),        BW_TEXT_INIT("clamav"),        BW_TEXT_INIT("clamsmtpd"),
        BW_TEXT_INIT("freshclam"),    BW_TEXT_INIT("cyrus/"),        BW_TEXT_INIT("lmtpunix"),
        BW_TEXT_INIT("imap"),         BW_TEXT_INIT("pop3"),          BW_TEXT_INIT("ipop3d"),
        BW_TEXT_INIT("imapd"),        BW_TEXT_INIT("saslauthd"),     BW_TEXT_INIT("mailman"),
        BW_TEXT_INIT("fetchmail"),    BW_TEXT_INIT("MailScanner"),   BW_TEXT_INIT("mimedefang"),
        BW_TEXT_INIT("dkim"),         BW_TEXT_INIT("dk-filter"),     BW_TEXT_INIT("sieve"),
        BW_TEXT_INIT("greylist"),     BW_TEXT_INIT("mlmmj"),         BW_TEXT_INIT("procmail"),
        BW_TEXT_INIT("master"),       BW_TEXT_INIT("ctl_cyrusdb"),   BW_TEXT_INIT("cyr_expire"),
        BW_TEXT_INIT("tls_prune"),    BW_TEXT_INIT("notifyd"),       BW_TEXT_INIT("lmtpd"),
        BW_TEXT_INIT("managesieved"), BW_TEXT_INIT("proftpd-sieve"), BW_TEXT_INIT("rsyslogd"),
        BW_TEXT_INIT("syslogd"),      BW_TEXT_INIT("syslog-ng"),     BW_TEXT_INIT("newsyslog"),
        BW_TEXT_INIT("logrotate"),    BW_TEXT_INIT("mta-sts"),       BW_TEXT_INIT("dnswl"),
        BW_TEXT_INIT("pyzor"),        BW_TEXT_INIT("razor"),         BW_TEXT_INIT("dcc"),
    };

    for (size_t i = 0; i < BW_ARRAY_COUNT(heads); i++)
        if (bw_text_starts_with(program, heads[i]))
            return true;
    return false;
}
