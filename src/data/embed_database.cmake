# Writes OUTPUT, a C file that takes in the bytes of DATABASE as bw_embedded_database. The assembler
# reads the file: as a list of numbers it would keep the compiler busy for many seconds.
file(SIZE "${DATABASE}" size)
file(WRITE "${OUTPUT}" "/* Made by embed_database.cmake. */
#include \"base/embedded.h\"

__asm__(\".section .rodata\\n\"
        \".balign 64\\n\"
        \"bw_embedded_database_bytes:\\n\"
        \".incbin \\\"${DATABASE}\\\"\\n\"
        \".byte 0\\n\"
        \".previous\\n\");

extern const char bw_embedded_database_bytes[] __attribute__((visibility(\"hidden\")));

const struct bw_embedded_file bw_embedded_database = {\"rules.hsdb\", bw_embedded_database_bytes,
                                                      ${size}};
")
