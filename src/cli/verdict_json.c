#include "cli/verdict_json.h"

void bw_verdict_json(struct bw_json_writer *writer, const struct bw_verdict *verdict)
{
    bw_json_string_member(writer, "bounce", bw_bounce_name((enum bw_bounce)verdict->bounce));
    bw_json_string_member(writer, "class", bw_class_name((enum bw_class)verdict->class_id));
    bw_json_string_member(writer, "fault", bw_fault_name((enum bw_fault)verdict->fault));
    bw_json_string_member(writer, "suppress",
                          bw_suppress_name((enum bw_suppress)verdict->suppress));
}
