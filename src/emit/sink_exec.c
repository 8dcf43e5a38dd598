/*
 * Events to a program of the operator's: one run for each, the JSON object on standard input, no
 * shell between.
 */
#include "base/check.h"
#include "emit/sink.h"

#include <bouncewatch/text.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ARGUMENTS_MAX 31
#define TIME_LIMIT_MS 30000

struct exec_sink {
    struct bw_sink sink;
    uv_loop_t *loop;
    char *command; /* its words are the arguments, cut in place */
    char *arguments[ARGUMENTS_MAX + 1];
    struct run *run; /* the one that is under way; NULL: none */
};

/* One run of the program; lives until all of its handles are closed. */
struct run {
    struct exec_sink *exec; /* NULL: the sink is gone */
    uv_process_t process;
    uv_pipe_t input;
    uv_timer_t limit;
    uv_write_t write;
    char *body;
    bw_sink_answer *answer;
    void *context;
    int64_t exit_status;
    int signal;
    uint32_t open_handles;
    bool has_exited, is_late;
};

static void end_run(struct run *run)
{
    struct exec_sink *exec = run->exec;
    char fault[96];

    if (exec != NULL) {
        exec->run = NULL;
        if (run->is_late)
            (void)snprintf(fault, sizeof(fault), "the program took over %d s and was killed",
                           TIME_LIMIT_MS / 1000);
        else if (run->signal != 0)
            (void)snprintf(fault, sizeof(fault), "the program ended by signal %d", run->signal);
        else
            (void)snprintf(fault, sizeof(fault), "the program ended with exit status %lld",
                           (long long)run->exit_status);
        if (run->has_exited && run->exit_status == 0 && run->signal == 0)
            run->answer(run->context, BW_SENT_DONE, NULL, 0);
        else if (run->is_late || run->exit_status == EX_TEMPFAIL)
            run->answer(run->context, BW_SENT_LATER, fault, 0);
        else
            run->answer(run->context, BW_SENT_REFUSED, fault, 0);
    }
    free(run->body);
    free(run);
}

static void closed(uv_handle_t *handle)
{
    struct run *run = handle->data;

    if (--run->open_handles == 0)
        end_run(run);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, closed);
}

static void exited(uv_process_t *process, int64_t exit_status, int signal_number)
{
    struct run *run = process->data;

    run->has_exited = true;
    run->exit_status = exit_status;
    run->signal = signal_number;
    close_handle((uv_handle_t *)&run->process);
    close_handle((uv_handle_t *)&run->input);
    close_handle((uv_handle_t *)&run->limit);
}

static void too_late(uv_timer_t *timer)
{
    struct run *run = timer->data;

    run->is_late = true;
    (void)uv_process_kill(&run->process, SIGKILL);
}

/* What the program does not want to read is its own affair. */
static void written(uv_write_t *write, int status)
{
    struct run *run = write->data;

    (void)status;
    close_handle((uv_handle_t *)&run->input);
}

static bool start_program(struct exec_sink *exec, struct run *run)
{
    uv_stdio_container_t files[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&run->input},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    const uv_process_options_t options = {
        .exit_cb = exited,
        .file = exec->arguments[0],
        .args = exec->arguments,
        .stdio_count = 3,
        .stdio = files,
    };

    return uv_spawn(exec->loop, &run->process, &options) == 0;
}

static struct run *new_run(struct exec_sink *exec, const struct bw_message *message)
{
    struct run *run = calloc(1, sizeof(*run));

    if (run == NULL)
        return NULL;
    run->body = malloc(message->size + 1);
    if (run->body == NULL) {
        free(run);
        return NULL;
    }
    (void)memcpy(run->body, message->json, message->size);
    run->body[message->size] = '\n';
    run->exec = exec;
    run->process.data = run->input.data = run->limit.data = run->write.data = run;
    run->open_handles = 3;
    (void)uv_pipe_init(exec->loop, &run->input, 0);
    (void)uv_timer_init(exec->loop, &run->limit);
    return run;
}

static void send_message(struct bw_sink *sink, const struct bw_message *message,
                         bw_sink_answer *answer, void *context)
{
    struct exec_sink *exec = (struct exec_sink *)sink;
    struct run *run = new_run(exec, message);

    BW_ASSERT(exec->run == NULL);
    if (run == NULL) {
        answer(context, BW_SENT_LATER, "there is no memory to run the program", 0);
        return;
    }
    run->answer = answer;
    run->context = context;
    exec->run = run;
    if (!start_program(exec, run)) {
        run->exit_status = EX_TEMPFAIL;
        close_handle((uv_handle_t *)&run->process);
        close_handle((uv_handle_t *)&run->input);
        close_handle((uv_handle_t *)&run->limit);
        return;
    }
    const uv_buf_t body = uv_buf_init(run->body, (unsigned int)message->size + 1);
    (void)uv_timer_start(&run->limit, too_late, TIME_LIMIT_MS, 0);
    if (uv_write(&run->write, (uv_stream_t *)&run->input, &body, 1, written) != 0)
        close_handle((uv_handle_t *)&run->input);
}

static void destroy(struct bw_sink *sink)
{
    struct exec_sink *exec = (struct exec_sink *)sink;

    if (exec->run != NULL) {
        exec->run->exec = NULL;
        (void)uv_process_kill(&exec->run->process, SIGKILL);
    }
    free(exec->command);
    free(exec);
}

enum bw_status bw_sink_exec_create(struct bw_sink **created, uv_loop_t *loop, const char *command)
{
    static const struct bw_sink_kind kind = {.send = send_message, .destroy = destroy};
    struct exec_sink *exec = calloc(1, sizeof(*exec));
    size_t count = 0;
    char *rest = NULL;

    if (exec == NULL)
        return BW_ERR_NO_MEMORY;
    *exec = (struct exec_sink){.sink = {&kind}, .loop = loop, .command = strdup(command)};
    if (exec->command == NULL) {
        free(exec);
        return BW_ERR_NO_MEMORY;
    }
    for (char *word = strtok_r(exec->command, " ", &rest); word != NULL && count < ARGUMENTS_MAX;
         word = strtok_r(NULL, " ", &rest))
        exec->arguments[count++] = word;
    *created = &exec->sink;
    return BW_OK;
}
