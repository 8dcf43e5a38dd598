/*
 * `bouncewatch top`: the daemon at this moment, on a terminal.
 */
#include "cli/command.h"
#include "cli/http_get.h"
#include "cli/setup.h"
#include "cli/top_screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define DEFAULT_URL "http://127.0.0.1:9464"
#define GET_S       10L

enum own_option { OPTION_URL = BW_OPTION_OWN, OPTION_ONCE };

struct top {
    const char *url;
    double interval_s;
    bool is_once;
    json_t *zones; /* the last news; NULL: none yet */
    char fault[400];
    char window[16]; /* "": the first */
    bool is_paused;
};

static volatile sig_atomic_t is_ending;
static struct termios old_terminal;
static bool has_terminal;

static void print_help(void)
{
    (void)printf(
        "usage: bouncewatch top [OPTION]...\n\n"
        "Shows what a running daemon sees: what is in a zone, the rates of the providers, the "
        "worst\n"
        "domains, and the last events. Without a terminal it prints one frame and ends.\n\n"
        "      --url URL        where the daemon serves: http://HOST:PORT or unix:PATH\n"
        "                       (default: " DEFAULT_URL ")\n"
        "  -d, --delay SECONDS  between two looks (default: 2)\n"
        "      --once           print one frame and end\n"
        "      --help           print this help\n"
        "      --version        print the version\n\n"
        "Keys: q ends, w shows the next window, space holds the picture.\n");
}

static bool take_own(void *context, int option, const char *value)
{
    struct top *top = context;
    char *end = NULL;

    switch (option) {
    case OPTION_URL: top->url = value; return true;
    case OPTION_ONCE: top->is_once = true; return true;
    default:
        top->interval_s = strtod(value, &end);
        if (end != value && *end == '\0' && top->interval_s >= 0.1 && top->interval_s <= 3600)
            return true;
        (void)fprintf(
            stderr, "bouncewatch: top: --delay: \"%s\" is no number of seconds from 0.1 to 3600\n",
            value);
        return false;
    }
}

static int take_options(struct top *top, int argc, char **argv)
{
    static const struct option options[] = {
        {"url", required_argument, NULL, OPTION_URL},
        {"delay", required_argument, NULL, 'd'},
        {"once", no_argument, NULL, OPTION_ONCE},
        {"help", no_argument, NULL, BW_OPTION_HELP},
        {"version", no_argument, NULL, BW_OPTION_VERSION},
        {NULL, 0, NULL, 0},
    };
    const struct bw_setup_options reading = {
        .command = "top",
        .options = options,
        .short_options = "d:h",
        .print_help = print_help,
        .take = take_own,
        .context = top,
    };
    const int status = bw_setup_read_options(&reading, argc, argv);

    if (status >= 0 || optind == argc)
        return status;
    (void)fprintf(stderr, "bouncewatch: top: \"%s\" is no option; the daemon is named with --url\n",
                  argv[optind]);
    return BW_EXIT_USAGE;
}

static void look(struct top *top)
{
    struct bw_http_reply reply;
    json_error_t error;

    top->fault[0] = '\0';
    if (bw_http_get(top->url, "/api/v1/zones", GET_S, &reply)) {
        json_t *zones = json_loadb(reply.bytes, reply.size, 0, &error);
        if (json_is_object(zones)) {
            json_decref(top->zones);
            top->zones = zones;
        } else {
            json_decref(zones);
            (void)snprintf(top->fault, sizeof(top->fault), "%s does not answer as bouncewatch does",
                           top->url);
        }
    } else {
        (void)snprintf(top->fault, sizeof(top->fault),
                       "%s: %s; is the daemon running, with http: there?", top->url, reply.fault);
    }
    free(reply.bytes);
}

/* In one write, so that nothing flickers. */
static void draw(const struct top *top, bool is_terminal)
{
    struct winsize size = {.ws_col = 120};
    char *text = NULL;
    size_t bytes = 0;
    FILE *frame = open_memstream(&text, &bytes);

    if (frame == NULL)
        return;
    if (is_terminal)
        (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    const struct bw_top_view view = {
        .columns = size.ws_col == 0 ? 80 : size.ws_col,
        .rows = is_terminal ? (size.ws_row == 0 ? 24 : size.ws_row) - 1 : 0,
        .window = top->window[0] == '\0' ? NULL : top->window,
        .fault = top->fault[0] == '\0' ? NULL : top->fault,
        .has_color = is_terminal && getenv("NO_COLOR") == NULL,
        .has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .is_paused = top->is_paused,
    };
    bw_top_screen(top->zones, &view, frame);
    if (fclose(frame) != 0) {
        free(text);
        return;
    }
    if (is_terminal)
        (void)fputs("\x1b[H", stdout);
    for (const char *line = text; *line != '\0';) {
        const size_t end = strcspn(line, "\n");
        (void)fwrite(line, 1, end, stdout);
        (void)fputs(is_terminal ? "\x1b[K\r\n" : "\n", stdout);
        line += end + (line[end] == '\0' ? 0 : 1);
    }
    if (is_terminal)
        (void)fputs("\x1b[J", stdout);
    (void)fflush(stdout);
    free(text);
}

static void restore_terminal(void)
{
    if (!has_terminal)
        return;
    has_terminal = false;
    (void)fputs("\x1b[?25h\x1b[?1049l", stdout);
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &old_terminal);
}

static void end(int number)
{
    (void)number;
    is_ending = 1;
}

/* A size that changes only interrupts the wait. */
static void resize(int number)
{
    (void)number;
}

static bool take_terminal(void)
{
    struct termios raw;
    struct sigaction action = {.sa_handler = end};

    if (tcgetattr(STDIN_FILENO, &old_terminal) != 0)
        return false;
    raw = old_terminal;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = resize;
    (void)sigaction(SIGWINCH, &action, NULL);
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
        return false;
    has_terminal = true;
    (void)atexit(restore_terminal);
    (void)setvbuf(stdout, NULL, _IOFBF, (size_t)256 * 1024);
    (void)fputs("\x1b[?1049h\x1b[?25l\x1b[2J", stdout);
    return true;
}

static void take_key(struct top *top, char key)
{
    const char *next;

    switch (key) {
    case 'q':
    case 'Q': is_ending = 1; break;
    case ' ': top->is_paused = !top->is_paused; break;
    case 'w':
        next = bw_top_next_window(top->zones, top->window[0] == '\0'
                                                  ? bw_top_next_window(top->zones, NULL)
                                                  : top->window);
        (void)snprintf(top->window, sizeof(top->window), "%s", next == NULL ? "" : next);
        break;
    default: break;
    }
}

static void watch(struct top *top)
{
    while (!is_ending) {
        struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
        char key;

        if (!top->is_paused)
            look(top);
        draw(top, true);
        const int ready = poll(&keys, 1, (int)(top->interval_s * 1000));
        if (ready < 0 && errno != EINTR)
            break;
        while (ready > 0 && read(STDIN_FILENO, &key, 1) == 1)
            take_key(top, key);
        if (ready > 0 && (keys.revents & (POLLHUP | POLLERR)) != 0)
            break;
    }
}

int bw_command_top(int argc, char **argv)
{
    struct top top = {.url = DEFAULT_URL, .interval_s = 2};

    const int status = take_options(&top, argc, argv);
    if (status >= 0)
        return status;
    (void)setlocale(LC_CTYPE, "");
    if (!top.is_once && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && take_terminal()) {
        watch(&top);
        restore_terminal();
        json_decref(top.zones);
        return BW_EXIT_DONE;
    }
    look(&top);
    if (top.zones == NULL) {
        (void)fprintf(stderr, "bouncewatch: %s\n", top.fault);
        return BW_EXIT_INCOMPLETE;
    }
    draw(&top, false);
    json_decref(top.zones);
    return BW_EXIT_DONE;
}
