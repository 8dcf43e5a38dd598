#include "emit/outbox.h"

#include <string.h>

static void drop(struct bw_outbox *outbox, size_t index)
{
    bw_message_release(&outbox->messages[index]);
    outbox->count--;
    (void)memmove(&outbox->messages[index], &outbox->messages[index + 1],
                  (outbox->count - index) * sizeof(outbox->messages[0]));
}

/* Reminders go first, then notices, then the oldest. The first one may be on its way: it stays. */
static size_t least_of(const struct bw_outbox *outbox)
{
    for (size_t i = 1; i < outbox->count; i++)
        if (outbox->messages[i]->is_reminder)
            return i;
    for (size_t i = 1; i < outbox->count; i++)
        if (outbox->messages[i]->type == BW_EVENT_NOTICE)
            return i;
    return 1;
}

void bw_outbox_put(struct bw_outbox *outbox, struct bw_message *message)
{
    if (outbox->count == BW_OUTBOX_MESSAGES_MAX) {
        drop(outbox, least_of(outbox));
        outbox->dropped++;
    }
    outbox->messages[outbox->count++] = bw_message_keep(message);
}

void bw_outbox_drop(struct bw_outbox *outbox, uint64_t id)
{
    for (size_t i = 0; i < outbox->count; i++)
        if (outbox->messages[i]->id == id) {
            drop(outbox, i);
            return;
        }
}

void bw_outbox_clear(struct bw_outbox *outbox)
{
    while (outbox->count > 0)
        bw_message_release(&outbox->messages[--outbox->count]);
}
