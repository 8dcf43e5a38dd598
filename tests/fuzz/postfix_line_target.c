/*
 * A message of a Postfix program. The input is the program's name, a newline, and the message.
 */
#include "fuzz_target.h"
#include "parse/postfix.h"
#include "parse/smtp_reply.h"

#define QUEUE_ID_SIZE_MAX 32

static const struct bw_network_list *loopback(void)
{
    static const char *const items[] = {"127.0.0.0/8", "::1", "localhost", "10.0.0.0/8"};
    static struct bw_network_list *list;
    struct bw_problem problem;

    if (list == NULL)
        BW_ASSERT(bw_network_list_create(&list, items, BW_ARRAY_COUNT(items), &problem) == BW_OK);
    return list;
}

static void check_outcome(const struct bw_delivery *delivery, struct bw_text message,
                          struct bw_text joined)
{
    const struct bw_text status = delivery->status;

    BW_ASSERT(delivery->outcome > BW_OUTCOME_NONE && delivery->outcome < BW_OUTCOME_COUNT);
    BW_ASSERT(bw_outcome_name(delivery->outcome) != NULL);
    BW_ASSERT(delivery->hop < BW_HOP_COUNT);
    BW_ASSERT(delivery->delay_ms >= -1);
    BW_ASSERT(delivery->reply == 0 || (delivery->reply >= 200 && delivery->reply <= 599));
    BW_ASSERT(status.size == 0 || bw_enhanced_status_size(status) == status.size);
    BW_ASSERT(is_inside(status, message) || is_inside(status, joined));
    BW_ASSERT(is_inside(delivery->text, message) || is_inside(delivery->text, joined));
    BW_ASSERT(is_inside(delivery->recipient, message));
    BW_ASSERT(is_inside(delivery->relay, message));
    BW_ASSERT(is_inside(delivery->relay_host, delivery->relay));
    BW_ASSERT(is_inside(delivery->relay_ip, delivery->relay));
    BW_ASSERT(is_inside(delivery->named_host, message));
    BW_ASSERT(delivery->named_host.size == 0 || delivery->relay_host.size == 0);
}

/* Parse with a room of `room_size` bytes and hold the result against the promises of the header. */
static enum bw_parsed parse(enum bw_postfix_agent agent, struct bw_text message, size_t room_size)
{
    struct bw_text_room room = {exact_room(room_size), 0, room_size};
    struct bw_delivery delivery;

    memset(&delivery, 0xA5, sizeof(delivery));
    const enum bw_parsed parsed = bw_postfix_parse(agent, message, loopback(), &room, &delivery);
    const struct bw_text joined = {room.bytes, room.used};

    BW_ASSERT(room.used <= room.capacity && room.capacity == room_size);
    BW_ASSERT(parsed != BW_PARSED_UNKNOWN);
    if (parsed >= BW_PARSED_OUTCOME) {
        BW_ASSERT(delivery.queue_id.size > 0 && delivery.queue_id.size <= QUEUE_ID_SIZE_MAX);
        BW_ASSERT(is_inside(delivery.queue_id, message));
    }
    if (parsed == BW_PARSED_OUTCOME || parsed == BW_PARSED_ENVELOPE) {
        BW_ASSERT(is_inside(delivery.sender, message));
        BW_ASSERT(!delivery.null_sender || delivery.sender.size == 0);
        BW_ASSERT(parsed != BW_PARSED_ENVELOPE || delivery.has_sender);
    }
    if (parsed == BW_PARSED_OUTCOME)
        check_outcome(&delivery, message, joined);
    free(room.bytes);
    return parsed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bw_text message = {(const char *)data, size};
    struct bw_text program = {message.bytes, 0};

    (void)bw_text_cut(&message, BW_TEXT("\n"), &program);
    const enum bw_postfix_agent agent = bw_postfix_agent_of(program);
    if (agent == BW_POSTFIX_AGENT_NO || agent == BW_POSTFIX_AGENT_SILENT)
        return 0;
    const enum bw_parsed parsed = parse(agent, message, message.size);
    /* What cannot be joined for want of room stays as it is: the kind of line is the same. */
    BW_ASSERT(parse(agent, message, 0) == parsed);
    return 0;
}
