#include <bouncewatch/text.h>

/* Not strncasecmp(): it stops at a NUL, and log bytes may hold one. */
bool bw_text_equal_nocase(struct bw_text left, struct bw_text right)
{
    if (left.size != right.size)
        return false;
    for (size_t i = 0; i < left.size; i++)
        if (bw_lower(left.bytes[i]) != bw_lower(right.bytes[i]))
            return false;
    return true;
}

size_t bw_text_find(struct bw_text text, struct bw_text mark)
{
    if (text.size < mark.size)
        return text.size;
    const char *found = memmem(text.bytes, text.size, mark.bytes, mark.size);
    return found == NULL ? text.size : (size_t)(found - text.bytes);
}

size_t bw_text_find_nocase(struct bw_text text, struct bw_text mark)
{
    const char first = bw_lower(mark.bytes[0]);

    for (size_t i = 0; i + mark.size <= text.size; i++)
        if (bw_lower(text.bytes[i]) == first &&
            bw_text_equal_nocase((struct bw_text){text.bytes + i, mark.size}, mark))
            return i;
    return text.size;
}

bool bw_text_cut(struct bw_text *rest, struct bw_text mark, struct bw_text *head)
{
    const size_t index = bw_text_find(*rest, mark);

    if (index == rest->size)
        return false;
    *head = bw_text_head(*rest, index);
    *rest = bw_text_after(*rest, index + mark.size);
    return true;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct bw_text bw_text_trim(struct bw_text text)
{
    while (text.size > 0 && is_space(text.bytes[0]))
        text = bw_text_after(text, 1);
    while (text.size > 0 && is_space(text.bytes[text.size - 1]))
        text.size--;
    return text;
}
