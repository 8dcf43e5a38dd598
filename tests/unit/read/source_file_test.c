#include "engine/decoders.h"
#include "read/source_file.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)1024 * 1024)

/* printf '\x31\x0a\x32\x0a' | gzip -n: "1\n2\n" as one member. */
#define GZIP_12                                                                                    \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x33\xe4\x32\xe2\x02\x00\x61\x78\xe1\x69\x04\x00\x00" \
    "\x00"

static char directory[] = "/tmp/bouncewatch_files_XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/mail.log", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static void write_file(struct bw_text content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content.bytes, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}

/* Everything in the source, read with `capacity` bytes of room at a time. */
static struct bw_text read_all(struct bw_source_file *file, size_t capacity)
{
    char *text = malloc(TEXT_BYTES_MAX);
    char *room = malloc(capacity);
    size_t total = 0;
    size_t size;

    assert_non_null(text);
    assert_non_null(room);
    do {
        bw_source_file_read(file, room, capacity, &size);
        assert_true(size <= capacity && total + size <= TEXT_BYTES_MAX);
        (void)memcpy(text + total, room, size);
        total += size;
    } while (size > 0);
    bw_source_file_read(file, room, capacity, &size);
    assert_int_equal(size, 0); /* the end stays the end */
    free(room);
    return (struct bw_text){text, total};
}

static void finds_the_compression_by_content_and_says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text content;
        const char *text, *compression, *fault;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), "", "none", NULL},
        {"shorter than any magic", BW_TEXT_INIT("x"), "x", "none", NULL},
        {"plain", BW_TEXT_INIT("line one\nline two\n"), "line one\nline two\n", "none", NULL},
        {"gzip, whatever the name", BW_TEXT_INIT(GZIP_12), "1\n2\n", "gzip", NULL},
        {"two members", BW_TEXT_INIT(GZIP_12 GZIP_12), "1\n2\n1\n2\n", "gzip", NULL},
        {"padded with zeros", BW_TEXT_INIT(GZIP_12 "\0\0\0"), "1\n2\n", "gzip", NULL},
        {"two bytes of the gzip magic are text", BW_TEXT_INIT("\x1f\x8b"), "\x1f\x8b", "none",
         NULL},
        {"cut off in the trailer",
         {GZIP_12, sizeof(GZIP_12) - 3},
         "1\n2\n",
         "gzip",
         "the gzip stream is cut off"},
        {"cut off in the header", {GZIP_12, 6}, "", "gzip", "the gzip stream is cut off"},
        {"the second member is cut off",
         {GZIP_12 GZIP_12, 2 * sizeof(GZIP_12) - 4},
         "1\n2\n1\n2\n",
         "gzip",
         "the gzip stream is cut off"},
        {"garbage behind the stream", BW_TEXT_INIT(GZIP_12 "3\n"), "1\n2\n", "gzip",
         "there is trailing garbage behind the gzip stream"},
        {"a damaged block", BW_TEXT_INIT("\x1f\x8b\x08\0\0\0\0\0\0\x03\xFF\xFF\xFF\xFF"), "",
         "gzip", "the gzip stream is damaged"},
        {"zstd", BW_TEXT_INIT("\x28\xb5\x2f\xfdxxxx"), "", "none",
         "compressed with zstd, which this build cannot read: decompress it first"},
        {"xz",
         BW_TEXT_INIT("\xfd"
                      "7zXZ\0xx"),
         "", "none", "compressed with xz, which this build cannot read: decompress it first"},
        {"bzip2", BW_TEXT_INIT("BZh91AY&SY"), "", "none",
         "compressed with bzip2, which this build cannot read: decompress it first"},
        {"lz4", BW_TEXT_INIT("\x04\x22\x4d\x18xxxx"), "", "none",
         "compressed with lz4, which this build cannot read: decompress it first"},
        {"zip", BW_TEXT_INIT("PK\x03\x04xxxx"), "", "none",
         "compressed with zip, which this build cannot read: decompress it first"},
        {"a magic behind the front is text", BW_TEXT_INIT(" BZh91"), " BZh91", "none", NULL},
    };
    static const size_t capacities[] = {1, 3, 4096};

    for (size_t i = 0; i < ARRAY_COUNT(cases) * ARRAY_COUNT(capacities); i++) {
        const size_t k = i / ARRAY_COUNT(capacities);
        struct bw_source_file *file = NULL;
        struct bw_problem problem = {.message = ""};

        if (i % ARRAY_COUNT(capacities) == 0)
            print_message("  %s\n", cases[k].why);
        write_file(cases[k].content);
        assert_int_equal(bw_source_file_open(&file, path, &bw_decoders, &problem), BW_OK);
        const struct bw_text text = read_all(file, capacities[i % ARRAY_COUNT(capacities)]);
        assert_text_equal(text, cases[k].text);
        assert_string_equal(bw_source_file_compression(file), cases[k].compression);
        assert_int_equal(bw_source_file_text_bytes(file), text.size);
        if (cases[k].fault == NULL) {
            assert_null(bw_source_file_fault(file));
            assert_int_equal(bw_source_file_bytes(file), cases[k].content.size);
        } else {
            assert_non_null(bw_source_file_fault(file));
            assert_string_equal(bw_source_file_fault(file), cases[k].fault);
        }
        bw_source_file_close(&file);
        assert_null(file);
        bw_test_exact_free(text);
        assert_int_equal(unlink(path), 0);
    }
}

static void reads_more_than_it_holds(void **state)
{
    (void)state;
    char *content = malloc(TEXT_BYTES_MAX - 1);
    struct bw_source_file *file = NULL;
    struct bw_problem problem;

    assert_non_null(content);
    for (size_t i = 0; i < TEXT_BYTES_MAX - 1; i++)
        content[i] = (char)('a' + i % 23);
    write_file((struct bw_text){content, TEXT_BYTES_MAX - 1});
    assert_int_equal(bw_source_file_open(&file, path, &bw_decoders, &problem), BW_OK);
    const struct bw_text text = read_all(file, 1000);
    assert_true(bw_text_equal(text, (struct bw_text){content, TEXT_BYTES_MAX - 1}));
    assert_null(bw_source_file_fault(file));
    bw_source_file_close(&file);
    bw_test_exact_free(text);
    free(content);
    assert_int_equal(unlink(path), 0);
}

static void names_what_cannot_be_opened(void **state)
{
    (void)state;
    const struct {
        const char *why, *path, *reason;
    } cases[] = {
        {"not there", path, "No such file or directory"},
        {"a directory", directory, "Is a directory"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_source_file *file = NULL;
        struct bw_problem problem = {.message = ""};

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_source_file_open(&file, cases[i].path, &bw_decoders, &problem),
                         BW_ERR_IO);
        assert_null(file);
        assert_string_equal(problem.file, cases[i].path);
        assert_non_null(strstr(problem.message, cases[i].reason));
    }
    bw_source_file_close(&(struct bw_source_file *){NULL});
}

/* What a pipe gives one byte at a time, as a slow writer does. */
static void *drip(void *context)
{
    struct bw_text rest = *(const struct bw_text *)context;
    FILE *pipe = fopen(path, "w");

    if (pipe == NULL)
        return NULL;
    (void)setvbuf(pipe, NULL, _IONBF, 0);
    for (; rest.size > 0; rest = bw_text_after(rest, 1)) {
        (void)fwrite(rest.bytes, 1, 1, pipe);
        (void)usleep(2000);
    }
    (void)fclose(pipe);
    return NULL;
}

static void reads_a_pipe_that_gives_one_byte_at_a_time(void **state)
{
    (void)state;
    static const struct {
        struct bw_text content;
        const char *text, *compression;
    } cases[] = {
        {BW_TEXT_INIT("a\nb\nc\nd\ne"), "a\nb\nc\nd\ne", "none"},
        {BW_TEXT_INIT("a\n"), "a\n", "none"},
        {BW_TEXT_INIT(GZIP_12), "1\n2\n", "gzip"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_text content = cases[i].content;
        struct bw_source_file *file = NULL;
        struct bw_problem problem;
        pthread_t writer;

        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(pthread_create(&writer, NULL, drip, &content), 0);
        assert_int_equal(bw_source_file_open(&file, path, &bw_decoders, &problem), BW_OK);
        const struct bw_text text = read_all(file, 4096);
        assert_text_equal(text, cases[i].text);
        assert_string_equal(bw_source_file_compression(file), cases[i].compression);
        assert_null(bw_source_file_fault(file));
        assert_int_equal(bw_source_file_bytes(file), content.size);
        bw_source_file_close(&file);
        assert_int_equal(pthread_join(writer, NULL), 0);
        bw_test_exact_free(text);
        assert_int_equal(unlink(path), 0);
    }
}

static void reads_standard_input_and_leaves_it_open(void **state)
{
    (void)state;
    struct bw_source_file *file = NULL;
    struct bw_problem problem;

    write_file(BW_TEXT(GZIP_12));
    assert_non_null(freopen(path, "r", stdin));
    assert_int_equal(bw_source_file_open(&file, "-", &bw_decoders, &problem), BW_OK);
    const struct bw_text text = read_all(file, 4096);
    assert_text_equal(text, "1\n2\n");
    assert_string_equal(bw_source_file_compression(file), "gzip");
    bw_source_file_close(&file);
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
    bw_test_exact_free(text);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_compression_by_content_and_says_what_is_missing),
        cmocka_unit_test(reads_more_than_it_holds),
        cmocka_unit_test(names_what_cannot_be_opened),
        cmocka_unit_test(reads_a_pipe_that_gives_one_byte_at_a_time),
        cmocka_unit_test(reads_standard_input_and_leaves_it_open),
    };
    return cmocka_run_group_tests_name("read/source_file", tests, make_directory, remove_directory);
}
