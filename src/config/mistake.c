#include "config/mistake.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_SHOWN_MAX 160
#define NAME_BYTES_MAX 32 /* longer words are near to nothing */

static struct bw_text source_line(struct bw_text content, uint64_t line)
{
    struct bw_text found = {content.bytes, 0};

    for (uint64_t i = 0; i < line; i++) {
        if (bw_text_cut(&content, BW_TEXT("\n"), &found))
            continue;
        found = content;
        content.size = 0;
    }
    if (found.size > LINE_SHOWN_MAX)
        found.size = LINE_SHOWN_MAX;
    return found;
}

static void blank_controls(char *text)
{
    for (; *text != '\0'; text++)
        if ((uint8_t)*text < 0x20 || *text == 0x7F)
            *text = ' ';
}

void bw_mistake_add(struct bw_mistakes *mistakes, uint64_t line, uint32_t column,
                    const char *format, ...)
{
    char sentence[500];
    char shown[LINE_SHOWN_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    blank_controls(sentence);
    (void)snprintf(shown, sizeof(shown), "%.*s",
                   BW_TEXT_ARGS(source_line(mistakes->content, line)));
    blank_controls(shown);
    mistakes->count++;
    if (line == 0)
        bw_problem_list_add(mistakes->problems, mistakes->path, 0, 0, "%s", sentence);
    else if (column == 0 || column > LINE_SHOWN_MAX)
        bw_problem_list_add(mistakes->problems, mistakes->path, line, column, "%s\n    %s",
                            sentence, shown);
    else
        bw_problem_list_add(mistakes->problems, mistakes->path, line, column,
                            "%s\n    %s\n    %*s^", sentence, shown, (int)column - 1, "");
}

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Damerau's distance, where no letter is moved twice; both texts are short. */
static size_t distance(struct bw_text left, struct bw_text right)
{
    size_t rows[3][NAME_BYTES_MAX + 1] = {{0}};
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t k = 0; k <= right.size; k++)
        above[k] = k;
    for (size_t i = 1; i <= left.size; i++) {
        row[0] = i;
        for (size_t k = 1; k <= right.size; k++) {
            const char *a = left.bytes + i - 1;
            const char *b = right.bytes + k - 1;

            row[k] = least(above[k - 1] + (*a == *b ? 0 : 1), least(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && *a == b[-1] && a[-1] == *b)
                row[k] = least(row[k], before[k - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[right.size];
}

const struct bw_text *bw_nearest_name(struct bw_text word, const struct bw_text *names,
                                      size_t count)
{
    const struct bw_text *nearest = NULL;
    size_t best = 1 + word.size / 3; /* more changes than that make another word */

    if (word.size == 0 || word.size > NAME_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (names[i].size > NAME_BYTES_MAX)
            continue;
        const size_t changes = distance(word, names[i]);
        if (changes > best || (changes == best && nearest != NULL))
            continue;
        best = changes;
        nearest = &names[i];
    }
    return nearest;
}
