#include "config/config_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The first scalar at or below a node has the token that knows its place. */
static struct fy_token *token_of(struct fy_node *node)
{
    void *position = NULL;

    while (node != NULL && !fy_node_is_scalar(node)) {
        position = NULL;
        if (fy_node_is_sequence(node)) {
            node = fy_node_sequence_iterate(node, &position);
        } else {
            struct fy_node_pair *pair = fy_node_mapping_iterate(node, &position);
            node = pair == NULL ? NULL : fy_node_pair_key(pair);
        }
    }
    return node == NULL ? NULL : fy_node_get_scalar_token(node);
}

void bw_config_complain(struct bw_config_reader *reader, struct fy_node *node, const char *format,
                        ...)
{
    char sentence[400];
    uint64_t line = 0;
    uint32_t column = 0;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    struct fy_token *token = token_of(node);
    if (token == NULL)
        token = token_of(reader->key);
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    if (mark != NULL) {
        line = (uint64_t)mark->line + 1;
        column = (uint32_t)mark->column + 1;
    }
    bw_mistake_add(&reader->mistakes, line, column, "%s", sentence);
}

struct bw_text bw_config_scalar(struct fy_node *node)
{
    size_t size = 0;
    const char *bytes = fy_node_is_scalar(node) ? fy_node_get_scalar(node, &size) : NULL;

    return (struct bw_text){bytes == NULL ? "" : bytes, bytes == NULL ? 0 : size};
}

bool bw_config_is_word(struct bw_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((uint8_t)text.bytes[i] <= ' ' || text.bytes[i] == 0x7F)
            return false;
    return text.size > 0;
}

char *bw_config_scalar_copy(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_text text = bw_config_scalar(node);
    char *copy = strndup(text.bytes, text.size);

    reader->has_no_memory = reader->has_no_memory || copy == NULL;
    return copy;
}

double bw_config_take_fraction(struct bw_config_reader *reader, struct fy_node *node)
{
    double fraction = 0.0;

    if (!bw_config_fraction(bw_config_scalar(node), &fraction))
        bw_config_complain(reader, node, "\"%.*s\" is no share; write 3%% or 0.03",
                           BW_TEXT_ARGS(bw_config_scalar(node)));
    return fraction;
}

uint64_t bw_config_take_count(struct bw_config_reader *reader, struct fy_node *node, uint64_t low,
                              uint64_t high)
{
    const struct bw_text text = bw_config_scalar(node);
    uint64_t number = 0;
    bool is_good = text.size > 0 && text.size <= 12;

    for (size_t i = 0; is_good && i < text.size; i++) {
        is_good = text.bytes[i] >= '0' && text.bytes[i] <= '9';
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    if (!is_good || number < low || number > high)
        bw_config_complain(reader, node, "\"%.*s\" is no whole number from %llu to %llu",
                           BW_TEXT_ARGS(text), (unsigned long long)low, (unsigned long long)high);
    return number;
}

bool bw_config_take_bool(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_text text = bw_config_scalar(node);
    const bool is_true = bw_text_equal(text, BW_TEXT("true"));

    if (!is_true && !bw_text_equal(text, BW_TEXT("false")))
        bw_config_complain(reader, node, "\"%.*s\" is neither true nor false", BW_TEXT_ARGS(text));
    return is_true;
}
