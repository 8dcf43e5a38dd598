#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "test.h"

static const uint64_t numbers[] = {0, 1, 127, 128, 255, 256, 16383, 16384, UINT32_MAX, UINT64_MAX};

static void fill(struct bw_byte_writer *writer)
{
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        bw_byte_write_u8(writer, (uint8_t)numbers[i]);
        bw_byte_write_u16(writer, (uint16_t)numbers[i]);
        bw_byte_write_u32(writer, (uint32_t)numbers[i]);
        bw_byte_write_u64(writer, numbers[i]);
        bw_byte_write_i64(writer, -(int64_t)(numbers[i] / 2));
        bw_byte_write_varint(writer, numbers[i]);
    }
    bw_byte_write_text(writer, BW_TEXT("a\0b"));
    bw_byte_write_text(writer, BW_TEXT(""));
}

static void reads_back_what_was_written(void **state)
{
    (void)state;
    struct bw_byte_writer writer = {0};

    fill(&writer);
    struct bw_byte_reader reader = {.rest = {writer.bytes, writer.size}};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        assert_int_equal(bw_byte_read_u8(&reader), (uint8_t)numbers[i]);
        assert_int_equal(bw_byte_read_u16(&reader), (uint16_t)numbers[i]);
        assert_int_equal(bw_byte_read_u32(&reader), (uint32_t)numbers[i]);
        assert_true(bw_byte_read_u64(&reader) == numbers[i]);
        assert_true(bw_byte_read_i64(&reader) == -(int64_t)(numbers[i] / 2));
        assert_true(bw_byte_read_varint(&reader) == numbers[i]);
    }
    assert_true(bw_text_equal(bw_byte_read_text(&reader), BW_TEXT("a\0b")));
    assert_int_equal(bw_byte_read_text(&reader).size, 0);
    assert_false(reader.is_broken);
    assert_int_equal(reader.rest.size, 0);
    bw_byte_writer_deinit(&writer);
}

static void breaks_at_every_place_where_bytes_are_missing(void **state)
{
    (void)state;
    struct bw_byte_writer writer = {0};

    fill(&writer);
    for (size_t size = 0; size < writer.size; size++) {
        const struct bw_text cut = bw_test_exact_copy((struct bw_text){writer.bytes, size});
        struct bw_byte_reader reader = {.rest = cut};
        for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
            (void)bw_byte_read_u8(&reader);
            (void)bw_byte_read_u16(&reader);
            (void)bw_byte_read_u32(&reader);
            (void)bw_byte_read_u64(&reader);
            (void)bw_byte_read_i64(&reader);
            (void)bw_byte_read_varint(&reader);
        }
        (void)bw_byte_read_text(&reader);
        (void)bw_byte_read_text(&reader);
        assert_true(reader.is_broken);
        assert_int_equal(bw_byte_read_u64(&reader), 0);
        bw_test_exact_free(cut);
    }
    bw_byte_writer_deinit(&writer);
}

static void a_count_that_the_rest_cannot_hold_breaks_the_reader(void **state)
{
    (void)state;
    struct bw_byte_reader good = {.rest = BW_TEXT("\x02"
                                                  "aabb")};
    struct bw_byte_reader bad = {.rest = BW_TEXT("\x03"
                                                 "aabb")};
    struct bw_byte_reader endless = {.rest = BW_TEXT("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02")};

    assert_int_equal(bw_byte_read_count(&good, 2), 2);
    assert_false(good.is_broken);
    assert_int_equal(bw_byte_read_count(&bad, 2), 0);
    assert_true(bad.is_broken);
    assert_int_equal(bw_byte_read_varint(&endless), 0);
    assert_true(endless.is_broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_written),
        cmocka_unit_test(breaks_at_every_place_where_bytes_are_missing),
        cmocka_unit_test(a_count_that_the_rest_cannot_hold_breaks_the_reader),
    };
    return cmocka_run_group_tests_name("base/byte_reader", tests, NULL, NULL);
}
