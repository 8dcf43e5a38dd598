#include "listening.h"
#include "read/listener.h"
#include "read/tls_stream.h"

#ifdef BW_HAS_OPENSSL

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

static char directory[64], certificate[128], key[128], other_key[128], rubbish[128];

static EVP_PKEY *make_key(const char *path)
{
    EVP_PKEY *made = EVP_EC_gen("P-256");
    FILE *file = fopen(path, "w");

    assert_non_null(made);
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, made, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    return made;
}

/* A certificate that is its own authority, and the key of another. */
static int make_files(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/bw-tls-XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(certificate, sizeof(certificate), "%s/cert.pem", directory);
    (void)snprintf(key, sizeof(key), "%s/key.pem", directory);
    (void)snprintf(other_key, sizeof(other_key), "%s/other.pem", directory);
    (void)snprintf(rubbish, sizeof(rubbish), "%s/rubbish.pem", directory);
    EVP_PKEY_free(make_key(other_key));
    EVP_PKEY *made = make_key(key);
    X509 *x509 = X509_new();
    assert_non_null(x509);
    X509_NAME *name = X509_get_subject_name(x509);
    assert_int_equal(X509_set_version(x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"logs.example", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x509, name), 1);
    assert_int_equal(X509_set_pubkey(x509, made), 1);
    assert_true(X509_sign(x509, made, EVP_sha256()) > 0);
    FILE *file = fopen(certificate, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, x509), 1);
    assert_int_equal(fclose(file), 0);
    file = fopen(rubbish, "w");
    assert_non_null(file);
    assert_true(fputs("no PEM\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    X509_free(x509);
    EVP_PKEY_free(made);
    return 0;
}

static int remove_files(void **state)
{
    const char *const paths[] = {certificate, key, other_key, rubbish};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        (void)unlink(paths[i]);
    return rmdir(directory);
}

/* A sender on a thread of its own, for a handshake takes two. */
struct sender {
    pthread_t thread;
    uint16_t port;
    size_t lines;
    bool has_certificate, ends_rudely;
    bool is_welcome; /* the answer: all was sent */
};

static void *send_lines(void *argument)
{
    struct sender *sender = argument;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    const int fd = sender_port(SOCK_STREAM, sender->port);

    if (sender->has_certificate) {
        (void)SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM);
        (void)SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM);
    }
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, fd);
    sender->is_welcome = SSL_connect(ssl) == 1;
    for (size_t i = 0; i < sender->lines && sender->is_welcome; i++) {
        char line[100];
        const int size = snprintf(line, sizeof(line), "<22>line %zu\n", i);
        sender->is_welcome = SSL_write(ssl, line, size) == size;
    }
    if (!sender->ends_rudely)
        (void)SSL_shutdown(ssl);
    /* A refusal of the certificate comes behind the handshake of TLS 1.3. */
    char byte;
    if (!sender->ends_rudely && SSL_read(ssl, &byte, 1) <= 0 &&
        SSL_get_error(ssl, 0) == SSL_ERROR_SSL)
        sender->is_welcome = false;
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    return NULL;
}

static void start_sender(struct sender *sender, struct listening *at)
{
    sender->port = bw_listener_port(at->listener);
    assert_int_equal(pthread_create(&sender->thread, NULL, send_lines, sender), 0);
}

static void start_tls(struct listening *at, const char *more)
{
    char url[700];

    (void)snprintf(url, sizeof(url), "tls://127.0.0.1:0?cert=%s&key=%s%s%s", certificate, key,
                   more[0] == '\0' ? "" : "&ca=", more);
    listening_start(at, url);
}

static void takes_all_lines_in_order(void **state)
{
    (void)state;
    static const bool rude[] = {false, true};

    for (size_t i = 0; i < ARRAY_COUNT(rude); i++) {
        struct listening *at = listening_new();
        struct sender sender = {.lines = 30000, .ends_rudely = rude[i]};
        size_t line = 0;

        start_tls(at, "");
        start_sender(&sender, at);
        listening_until(at, &at->closed, 1);
        assert_int_equal(pthread_join(sender.thread, NULL), 0);
        assert_true(sender.is_welcome);
        for (const char *next = at->text; next < at->text + at->text_size; line++) {
            char expected[100];
            const int size = snprintf(expected, sizeof(expected), "<22>line %zu\n", line);
            assert_memory_equal(next, expected, (size_t)size);
            next += size;
        }
        assert_int_equal(line, sender.lines);
        assert_string_equal(at->peer, "127.0.0.1");
        assert_int_equal(listening_counts(at)->stream_bytes, at->text_size);
        assert_int_equal(listening_counts(at)->tls_failures, 0);
        assert_int_equal(listening_counts(at)->connections_open, 0);
        listening_free(at);
    }
}

static void offers_again_what_its_owner_did_not_want(void **state)
{
    (void)state;
    struct listening *at = listening_new();
    struct sender sender = {.lines = 3};

    at->answer = BW_STREAM_BUSY;
    start_tls(at, "");
    start_sender(&sender, at);
    listening_until(at, &at->offers, 3);
    assert_int_equal(listening_counts(at)->stream_bytes, 0);
    at->answer = 0;
    listening_until(at, &at->closed, 1);
    assert_int_equal(pthread_join(sender.thread, NULL), 0);
    assert_int_equal(at->text_size, 3 * strlen("<22>line 0\n"));
    listening_free(at);
}

static void refuses_what_is_no_tls(void **state)
{
    (void)state;
    struct listening *at = listening_new();

    start_tls(at, "");
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    sender_send(fd, "<22>in clear\n");
    listening_until(at, &listening_counts(at)->tls_failures, 1);
    assert_int_equal(at->text_size, 0);
    assert_int_equal(at->closed, 1);
    assert_true(bw_listener_tls_fault(at->listener)[0] != '\0');
    (void)close(fd);
    listening_free(at);
}

static void asks_for_a_certificate_when_there_is_an_authority(void **state)
{
    (void)state;
    struct listening *at = listening_new();
    struct sender stranger = {.lines = 1};
    struct sender known = {.lines = 1, .has_certificate = true};

    start_tls(at, certificate);
    start_sender(&stranger, at);
    listening_until(at, &listening_counts(at)->tls_failures, 1);
    assert_int_equal(pthread_join(stranger.thread, NULL), 0);
    assert_false(stranger.is_welcome);
    assert_int_equal(at->text_size, 0);
    start_sender(&known, at);
    listening_until(at, &at->closed, 2);
    assert_int_equal(pthread_join(known.thread, NULL), 0);
    assert_true(known.is_welcome);
    assert_int_equal(at->text_size, strlen("<22>line 0\n"));
    listening_free(at);
}

static void keeps_its_certificate_when_the_new_one_is_none(void **state)
{
    (void)state;
    struct listening *at = listening_new();
    struct bw_problem problem = {.message = ""};
    struct sender sender = {.lines = 1};
    char away[140];

    start_tls(at, "");
    (void)snprintf(away, sizeof(away), "%s.away", certificate);
    assert_int_equal(rename(certificate, away), 0);
    assert_int_equal(bw_listener_renew(at->listener, &problem), BW_ERR_IO);
    assert_string_equal(problem.file, certificate);
    start_sender(&sender, at);
    listening_until(at, &at->closed, 1);
    assert_int_equal(pthread_join(sender.thread, NULL), 0);
    assert_true(sender.is_welcome);
    assert_int_equal(rename(away, certificate), 0);
    assert_int_equal(bw_listener_renew(at->listener, &problem), BW_OK);
    listening_free(at);
}

static void says_which_file_is_wrong(void **state)
{
    (void)state;
    const struct {
        const char *certificate, *key, *client_ca, *file;
        enum bw_status status;
    } cases[] = {
        {"/nowhere.pem", key, "", "/nowhere.pem", BW_ERR_IO},
        {certificate, "/nowhere.pem", "", "/nowhere.pem", BW_ERR_IO},
        {certificate, key, "/nowhere.pem", "/nowhere.pem", BW_ERR_IO},
        {rubbish, key, "", rubbish, BW_ERR_FORMAT},
        {certificate, rubbish, "", rubbish, BW_ERR_FORMAT},
        {certificate, other_key, "", other_key, BW_ERR_FORMAT},
        {certificate, key, rubbish, rubbish, BW_ERR_FORMAT},
        {certificate, "", "", certificate, BW_ERR_FORMAT}, /* there is no key in it */
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_problem problem = {.message = ""};
        struct bw_tls_server *server = NULL;
        assert_int_equal(bw_tls_server_create(&server, cases[i].certificate, cases[i].key,
                                              cases[i].client_ca, &problem),
                         cases[i].status);
        assert_null(server);
        assert_string_equal(problem.file, cases[i].file);
        assert_true(problem.message[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_all_lines_in_order),
        cmocka_unit_test(offers_again_what_its_owner_did_not_want),
        cmocka_unit_test(refuses_what_is_no_tls),
        cmocka_unit_test(asks_for_a_certificate_when_there_is_an_authority),
        cmocka_unit_test(keeps_its_certificate_when_the_new_one_is_none),
        cmocka_unit_test(says_which_file_is_wrong),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("read/tls_listener", tests, make_files, remove_files);
}

#else

static void is_not_built_in_and_says_so(void **state)
{
    (void)state;
    struct bw_problem problem = {.message = ""};
    struct bw_tls_server *server = NULL;

    assert_false(bw_tls_is_built_in());
    assert_int_equal(bw_tls_server_create(&server, "/a", "", "", &problem), BW_ERR_USAGE);
    assert_true(problem.message[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_not_built_in_and_says_so)};

    return cmocka_run_group_tests_name("read/tls_listener", tests, NULL, NULL);
}

#endif
