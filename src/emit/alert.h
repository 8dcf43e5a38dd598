/*
 * An event as alerts of Prometheus' Alertmanager: the body of POST /api/v2/alerts (its OpenAPI
 * document, api/v2/openapi.yaml: postableAlerts).
 *
 * An alert is what its labels say: name, scope, key, window and severity ("warning", "critical" for
 * the blocking zone, "info" for notices). A zone that is left resolves its alert, and one that gets
 * worse resolves the one before.
 */
#ifndef BW_EMIT_ALERT_H
#define BW_EMIT_ALERT_H

#include "base/json_writer.h"
#include "emit/message.h"

/*
 * `hold_ms`: so long after it was told a zone's alert ends by itself, when nobody says more of it
 * (reminders do). False: memory is out.
 */
bool bw_alert_body(struct bw_json_writer *writer, const struct bw_message *message,
                   int64_t hold_ms);

#endif
