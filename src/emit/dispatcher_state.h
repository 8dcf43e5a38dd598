/*
 * The inside of a dispatcher, shared by its files: dispatcher (telling) and dispatcher_save.
 */
#ifndef BW_EMIT_DISPATCHER_STATE_H
#define BW_EMIT_DISPATCHER_STATE_H

#include "base/byte_writer.h"
#include "emit/dispatcher.h"
#include "emit/outbox.h"

#define BW_RECENT_MAX    50
#define BW_SEEN_MAX      1024
#define BW_INCIDENTS_MAX 4096

/* One sink and what waits for it. */
struct bw_way {
    struct bw_dispatcher *dispatcher;
    struct bw_dispatcher_sink options; /* its strings are owned */
    struct bw_sink *sink;
    struct bw_outbox *outbox;
    int64_t wait_ms; /* of the next pause */
    int64_t due_ms;  /* not before; Unix ms */
    uint64_t sent, failed, refused;
    char fault[200]; /* of the last try; "": it went well */
    bool is_busy;    /* its first message is on its way */
};

/* A key that is in a zone, and what was told of it last. */
struct bw_incident {
    struct bw_message *message;
    int64_t told_ms; /* Unix ms of the last word; 0: not since the start */
};

struct bw_dispatcher {
    struct bw_way *ways;
    size_t way_count;
    char **muted;
    size_t muted_count;
    int64_t remind_ms, now_ms;
    struct bw_message *recent[BW_RECENT_MAX]; /* newest at recent_count - 1, modulo */
    uint64_t recent_count;
    uint64_t seen[BW_SEEN_MAX]; /* ids, the same way */
    uint64_t seen_count;
    struct bw_incident *incidents;
    size_t incident_count;
    struct bw_byte_writer changes; /* since they were last kept; see dispatcher_save.c */
    bool needs_whole;              /* there were too many: all of it is to be written down */
};

/* True when the id was there; it is now. */
bool bw_dispatcher_was_seen(struct bw_dispatcher *dispatcher, uint64_t id);
void bw_dispatcher_keep_recent(struct bw_dispatcher *dispatcher, struct bw_message *message);
void bw_dispatcher_note_incident(struct bw_dispatcher *dispatcher, struct bw_message *message);
bool bw_dispatcher_is_muted(const struct bw_dispatcher *dispatcher,
                            const struct bw_message *message);
/* Into the outbox of each sink that wants it. */
void bw_dispatcher_put_all(struct bw_dispatcher *dispatcher, struct bw_message *message);
/* An open incident is told of again at `now_ms`. */
void bw_dispatcher_tell_again(struct bw_dispatcher *dispatcher, struct bw_incident *incident,
                              int64_t now_ms);
void bw_dispatcher_forget_all(struct bw_dispatcher *dispatcher);

/* What has changed, for the journal. */
void bw_dispatcher_note_taken(struct bw_dispatcher *dispatcher, const struct bw_message *message);
void bw_dispatcher_note_told_again(struct bw_dispatcher *dispatcher,
                                   const struct bw_incident *incident);
void bw_dispatcher_note_sent(struct bw_dispatcher *dispatcher, const struct bw_way *way,
                             uint64_t id, bool is_refused);

#endif
