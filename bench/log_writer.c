#include "log_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define US_PER_SECOND   INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)

bool bw_log_writer_init(struct bw_log_writer *writer, int fd, enum bw_log_style style)
{
    *writer = (struct bw_log_writer){.fd = fd, .style = style, .stamp_second = -1};
    writer->buffer = malloc(BW_LOG_BUFFER_BYTES);
    return writer->buffer != NULL;
}

static void write_out(struct bw_log_writer *writer)
{
    size_t done = 0;

    while (done < writer->used && !writer->has_failed) {
        const ssize_t count = write(writer->fd, writer->buffer + done, writer->used - done);
        if (count > 0)
            done += (size_t)count;
        else if (errno != EINTR)
            writer->has_failed = true;
    }
    writer->written_bytes += writer->used;
    writer->used = 0;
}

bool bw_log_writer_finish(struct bw_log_writer *writer)
{
    write_out(writer);
    free(writer->buffer);
    writer->buffer = NULL;
    return !writer->has_failed;
}

static void put_digits(char *at, uint64_t number, int count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Civil date of a day count since 1970. Source: Hinnant, "chrono-compatible date algorithms". */
static void civil(int64_t days, uint32_t *year, uint32_t *month, uint32_t *day)
{
    const int64_t shifted = days + 719468;
    const int64_t era = shifted / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t march_month = (5 * day_of_year + 2) / 153;

    *day = (uint32_t)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (uint32_t)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (uint32_t)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

static void make_stamp(struct bw_log_writer *writer, int64_t second)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const uint32_t clock = (uint32_t)(second % SECONDS_PER_DAY);
    uint32_t year, month, day;
    char *at = writer->stamp;

    civil(second / SECONDS_PER_DAY, &year, &month, &day);
    if (writer->style == BW_LOG_RFC3164) {
        (void)memcpy(at, months + (size_t)(month - 1) * 3, 3);
        at[3] = ' ';
        put_digits(at + 4, day, 2);
        if (day < 10)
            at[4] = ' ';
        at[6] = ' ';
        at += 7;
    } else {
        put_digits(at, year, 4);
        at[4] = '-';
        put_digits(at + 5, month, 2);
        at[7] = '-';
        put_digits(at + 8, day, 2);
        at[10] = 'T';
        at += 11;
    }
    put_digits(at, clock / 3600, 2);
    at[2] = ':';
    put_digits(at + 3, clock / 60 % 60, 2);
    at[5] = ':';
    put_digits(at + 6, clock % 60, 2);
    writer->stamp_size = (size_t)(at + 8 - writer->stamp);
    writer->stamp_second = second;
}

void bw_log_begin(struct bw_log_writer *writer, int64_t time_us, unsigned host, const char *program,
                  uint32_t pid)
{
    const int64_t second = time_us / US_PER_SECOND;

    if (writer->used + BW_LOG_LINE_BYTES_MAX > BW_LOG_BUFFER_BYTES)
        write_out(writer);
    writer->line_start = writer->used;
    if (second != writer->stamp_second)
        make_stamp(writer, second);
    bw_log_bytes(writer, writer->stamp, writer->stamp_size);
    if (writer->style == BW_LOG_RFC3339) {
        BW_LOG_LITERAL(writer, ".000000+00:00");
        put_digits(writer->buffer + writer->used - 12, (uint64_t)(time_us % US_PER_SECOND), 6);
    }
    BW_LOG_LITERAL(writer, " mx");
    bw_log_uint(writer, host + 1);
    BW_LOG_LITERAL(writer, " postfix/");
    bw_log_string(writer, program);
    BW_LOG_LITERAL(writer, "[");
    bw_log_uint(writer, pid);
    BW_LOG_LITERAL(writer, "]: ");
}

void bw_log_end(struct bw_log_writer *writer)
{
    if (writer->used - writer->line_start >= BW_LOG_LINE_BYTES_MAX)
        abort(); /* no line is made of that much */
    writer->buffer[writer->used++] = '\n';
    writer->lines++;
}

void bw_log_uint(struct bw_log_writer *writer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    bw_log_bytes(writer, digits + at, sizeof(digits) - at);
}

void bw_log_delay(struct bw_log_writer *writer, int64_t ms)
{
    const uint64_t value = ms < 0 ? 0 : (uint64_t)ms;

    if (value < 10) { /* below the hundredth that Postfix resolves */
        BW_LOG_LITERAL(writer, "0");
        return;
    }
    if (value >= 10000) {
        bw_log_uint(writer, value / 1000);
        return;
    }
    bw_log_uint(writer, value / 1000);
    if (value < 1000) {
        const uint64_t hundredths = value / 10;
        BW_LOG_LITERAL(writer, ".");
        writer->buffer[writer->used++] = (char)('0' + hundredths / 10);
        if (hundredths % 10 != 0)
            writer->buffer[writer->used++] = (char)('0' + hundredths % 10);
    } else if (value % 1000 >= 100) {
        BW_LOG_LITERAL(writer, ".");
        writer->buffer[writer->used++] = (char)('0' + value % 1000 / 100);
    }
}

static void put_base(struct bw_log_writer *writer, uint64_t number, int count, const char *alphabet,
                     uint32_t base)
{
    for (int i = count - 1; i >= 0; i--) {
        writer->buffer[writer->used + (size_t)i] = alphabet[number % base];
        number /= base;
    }
    writer->used += (size_t)count;
}

void bw_log_hex(struct bw_log_writer *writer, uint64_t number, int count)
{
    put_base(writer, number, count, "0123456789ABCDEF", 16);
}

void bw_log_token(struct bw_log_writer *writer, uint64_t number, int count)
{
    put_base(writer, number, count, "0123456789abcdefghijklmnopqrstuvwxyz", 36);
}
