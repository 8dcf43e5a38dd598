#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "test.h"

static void write_all(struct bw_byte_writer *writer)
{
    bw_put_u8(writer, 0xFE);
    bw_put_u16(writer, 0xABCD);
    bw_put_u32(writer, 0x12345678);
    bw_put_u64(writer, UINT64_C(0xFEDCBA9876543210));
    bw_put_i64(writer, INT64_MIN);
    bw_put_text(writer, BW_TEXT("a text"));
    bw_put_text(writer, BW_TEXT(""));
    bw_put_bytes(writer, "xyz", 3);
}

static void gives_back_what_was_written(void **state)
{
    (void)state;
    struct bw_byte_writer writer = {0};

    write_all(&writer);
    const struct bw_text copy = bw_test_exact_copy(bw_byte_writer_text(&writer));
    struct bw_byte_reader reader = {.rest = copy};
    assert_int_equal(bw_take_u8(&reader), 0xFE);
    assert_int_equal(bw_take_u16(&reader), 0xABCD);
    assert_int_equal(bw_take_u32(&reader), 0x12345678);
    assert_true(bw_take_u64(&reader) == UINT64_C(0xFEDCBA9876543210));
    assert_true(bw_take_i64(&reader) == INT64_MIN);
    assert_text_equal(bw_take_text(&reader), "a text");
    assert_int_equal(bw_take_text(&reader).size, 0);
    assert_text_equal(bw_take_bytes(&reader, 3), "xyz");
    assert_int_equal(reader.rest.size, 0);
    assert_false(reader.is_broken);
    assert_int_equal(bw_take_u8(&reader), 0);
    assert_true(reader.is_broken);
    bw_test_exact_free(copy);
    bw_byte_writer_deinit(&writer);
}

static void is_broken_wherever_the_bytes_end_early(void **state)
{
    (void)state;
    struct bw_byte_writer writer = {0};

    write_all(&writer);
    for (size_t size = 0; size < writer.size; size++) {
        const struct bw_text copy = bw_test_exact_copy((struct bw_text){writer.bytes, size});
        struct bw_byte_reader reader = {.rest = copy};
        (void)bw_take_u8(&reader);
        (void)bw_take_u16(&reader);
        (void)bw_take_u32(&reader);
        (void)bw_take_u64(&reader);
        (void)bw_take_i64(&reader);
        (void)bw_take_text(&reader);
        (void)bw_take_text(&reader);
        (void)bw_take_bytes(&reader, 3);
        assert_true(reader.is_broken);
        bw_test_exact_free(copy);
    }
    bw_byte_writer_deinit(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_written),
        cmocka_unit_test(is_broken_wherever_the_bytes_end_early),
    };

    return cmocka_run_group_tests_name("base/byte_reader", tests, NULL, NULL);
}
