/*
 * What a remote server said, bare and in Postfix's words around it.
 */
#include "fuzz_target.h"
#include "parse/postfix_text.h"

static void check_status(struct bw_text status)
{
    BW_ASSERT(status.size == 0 || bw_enhanced_status_size(status) == status.size);
}

/* "5.7.26": three numbers of one to three digits; told without the parser's own function. */
static void check_status_size(struct bw_text text)
{
    const size_t size = bw_enhanced_status_size(text);
    size_t dots = 0;

    BW_ASSERT(size <= text.size && (size == 0 || (size >= 5 && size <= 9)));
    for (size_t i = 0; i < size; i++) {
        BW_ASSERT(text.bytes[i] == '.' || (text.bytes[i] >= '0' && text.bytes[i] <= '9'));
        dots += text.bytes[i] == '.' ? 1 : 0;
    }
    BW_ASSERT(size == 0 || (dots == 2 && text.bytes[size - 1] != '.'));
}

static void check_reply(struct bw_text text, size_t room_size)
{
    struct bw_text_room room = {exact_room(room_size), 0, room_size};
    const struct bw_text trimmed = bw_text_trim(text);
    struct bw_smtp_reply reply;
    struct bw_smtp_reply again;

    bw_smtp_reply_parse(text, &room, &reply);
    BW_ASSERT(room.used <= room_size);
    const struct bw_text joined = {room.bytes, room.used};
    BW_ASSERT(is_inside(reply.text, trimmed) || is_inside(reply.text, joined));
    BW_ASSERT(reply.text.size <= trimmed.size);
    BW_ASSERT(is_inside(reply.status, reply.text));
    check_status(reply.status);
    if (room_size < trimmed.size || reply.code == 0)
        BW_ASSERT(bw_text_equal(reply.text, trimmed));
    if (reply.code == 0) {
        BW_ASSERT(reply.status.size == 0);
    } else {
        BW_ASSERT(reply.code >= 200 && reply.code <= 599 && reply.text.size >= 3);
        BW_ASSERT((reply.text.bytes[0] - '0') * 100 + (reply.text.bytes[1] - '0') * 10 +
                      (reply.text.bytes[2] - '0') ==
                  reply.code);
    }
    /* One line out of many says the same code, and what it says behind it is the status. Where the
     * status stood in a later line, it is in the middle now, and a "(#5.1.1)" may be found first.
     */
    bw_smtp_reply_parse(reply.text, NULL, &again);
    BW_ASSERT(again.code == reply.code);
    BW_ASSERT(again.status.size == 0 || bw_text_equal(again.status, reply.status) ||
              (reply.text.bytes[3] == '-' && again.status.bytes[-2] == '('));
    free(room.bytes);
}

static void check_postfix_text(struct bw_text text, struct bw_text relay_host)
{
    struct bw_text_room room = {exact_room(text.size), 0, text.size};
    struct bw_delivery delivery = {.relay_host = relay_host};

    bw_postfix_text_parse(text, &room, &delivery);
    const struct bw_text joined = {room.bytes, room.used};
    BW_ASSERT(room.used <= text.size);
    BW_ASSERT(is_inside(delivery.text, text) || is_inside(delivery.text, joined));
    BW_ASSERT(is_inside(delivery.status, delivery.text));
    check_status(delivery.status);
    BW_ASSERT(delivery.reply == 0 || (delivery.reply >= 200 && delivery.reply <= 599));
    BW_ASSERT(bw_text_equal(delivery.relay_host, relay_host));
    BW_ASSERT(is_inside(delivery.named_host, text));
    BW_ASSERT(delivery.named_host.size == 0 || relay_host.size == 0);
    BW_ASSERT(delivery.named_host.size == 0 ||
              memchr(delivery.named_host.bytes, ' ', delivery.named_host.size) == NULL);
    free(room.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bw_text text = {(const char *)data, size};

    check_status_size(text);
    check_reply(text, size);
    check_reply(text, 0);
    check_postfix_text(text, (struct bw_text){text.bytes, 0});
    check_postfix_text(text, BW_TEXT("mx.example.com"));
    return 0;
}
