/*
 * Log lines into a large buffer: stamp, host, program, and whatever is put behind them.
 */
#ifndef BW_BENCH_LOG_WRITER_H
#define BW_BENCH_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BW_LOG_BUFFER_BYTES   ((size_t)1 << 20)
#define BW_LOG_LINE_BYTES_MAX ((size_t)16 * 1024)

enum bw_log_style {
    BW_LOG_RFC3164, /* "May  1 00:00:00", no year */
    BW_LOG_RFC3339, /* "2026-05-01T00:00:00.123456+00:00" */
};

struct bw_log_writer {
    char *buffer; /* BW_LOG_BUFFER_BYTES */
    size_t used;
    size_t line_start;      /* in the buffer, of the line being written */
    uint64_t written_bytes; /* before the buffer's beginning */
    uint64_t lines;
    int64_t stamp_second; /* that `stamp` says; -1: none */
    size_t stamp_size;
    int fd;
    enum bw_log_style style;
    bool has_failed;
    char stamp[32];
};

bool bw_log_writer_init(struct bw_log_writer *writer, int fd, enum bw_log_style style);
/* Write out what is left; false when any write failed. */
bool bw_log_writer_finish(struct bw_log_writer *writer);

/* `time_us`: Unix time. `program` without "postfix/". */
void bw_log_begin(struct bw_log_writer *writer, int64_t time_us, unsigned host, const char *program,
                  uint32_t pid);
void bw_log_end(struct bw_log_writer *writer);

static inline void bw_log_bytes(struct bw_log_writer *writer, const char *bytes, size_t size)
{
    (void)memcpy(writer->buffer + writer->used, bytes, size);
    writer->used += size;
}

#define BW_LOG_LITERAL(writer, literal) bw_log_bytes((writer), "" literal, sizeof(literal) - 1)

static inline void bw_log_string(struct bw_log_writer *writer, const char *text)
{
    bw_log_bytes(writer, text, strlen(text));
}

void bw_log_uint(struct bw_log_writer *writer, uint64_t number);
/* Seconds as Postfix writes a delay: two significant digits, "0.03", "1.4", "55", "4001". */
void bw_log_delay(struct bw_log_writer *writer, int64_t ms);
/* `count` upper-case hexadecimal digits, or as many letters and digits of base 36. */
void bw_log_hex(struct bw_log_writer *writer, uint64_t number, int count);
void bw_log_token(struct bw_log_writer *writer, uint64_t number, int count);

static inline uint64_t bw_log_total_bytes(const struct bw_log_writer *writer)
{
    return writer->written_bytes + writer->used;
}

#endif
