# Part of bad_inputs.cmake: damaged, foreign and hostile compression.

foreach(part 1 5 9 30 60 90)
    math(EXPR size "${long_size} * ${part} / 100")
    shell("head -c ${size} long.gz >cut.gz")
    expect_scan("gzip cut off at ${part} %" 1 "bouncewatch: cut\\.gz: ${sentence}" cut.gz good.log)
    must_hold("cut" "\"complete\":false" "\"complete\":true" "\"notice\":\"source_unreadable\"")
endforeach()
foreach(lacking 1 4 8)
    math(EXPR size "${long_size} - ${lacking}")
    shell("head -c ${size} long.gz >cut.gz")
    expect_scan("gzip without its last ${lacking} bytes" 1 "bouncewatch: cut\\.gz: ${sentence}" cut.gz)
    must_hold("trailer" "\"complete\":false" "\"delivered\":1000,")
endforeach()
foreach(size 3 6 9)
    shell("head -c ${size} long.gz >cut.gz")
    expect_scan("gzip of ${size} bytes" 1 "bouncewatch: cut\\.gz: ${sentence}" cut.gz good.log)
    must_hold("head" "\"complete\":false" "${good}")
endforeach()

# Bytes overwritten in the middle: what came before the fault counts.
math(EXPR middle "${long_size} / 2")
shell("cp long.gz corrupt.gz
       printf '\\377\\377\\377\\377\\377\\377\\377\\377' |
       dd of=corrupt.gz bs=1 seek=${middle} conv=notrunc 2>dd.txt")
expect_scan("corrupt gzip" 1 "bouncewatch: corrupt\\.gz: ${sentence}" corrupt.gz good.log)
must_hold("corrupt" "\"complete\":false" "\"notice\":\"source_unreadable\"")
file(READ "${WORK}/stdout" report)
if(NOT report MATCHES "\"totals\":{\"delivered\":([0-9]+)," OR CMAKE_MATCH_1 LESS 103 OR
   CMAKE_MATCH_1 GREATER 1002)
    message(FATAL_ERROR "corrupt: some of the 1000 lines and the three good ones count: ${report}")
endif()
shell("cp long.gz checksum.gz; printf '\\1\\2\\3\\4' |
       dd of=checksum.gz bs=1 seek=$((${long_size} - 8)) conv=notrunc 2>dd.txt")
expect_scan("a wrong checksum" 1 "bouncewatch: checksum\\.gz: ${sentence}" checksum.gz)
must_hold("checksum" "\"complete\":false" "\"delivered\":1000,")
shell("{ cat long.gz; echo 'this is no gzip member'; } >trailing.gz")
expect_scan("trailing garbage" 1 "bouncewatch: trailing\\.gz: ${sentence}" trailing.gz)
must_hold("trailing" "\"complete\":false" "\"delivered\":1000,")
shell("{ cat long.gz; head -c 100 long.gz; } >second.gz")
expect_scan("a second member that is cut off" 1 "bouncewatch: second\\.gz: ${sentence}" second.gz)
must_hold("second member" "\"complete\":false")

# Names say nothing, the first bytes do.
shell("cp good.log plain.gz; gzip -nc good.log >gzip.log; gzip -nc good.log | gzip -nc >twice.gz")
expect_scan("a plain file that is called .gz" 0 "" plain.gz)
must_hold("plain.gz" "${good}" "\"compression\":\"none\"" "\"complete\":true")
expect_scan("a gzip file that is called .log" 0 "" gzip.log)
must_hold("gzip.log" "${good}" "\"compression\":\"gzip\"" "\"complete\":true")
expect_scan("gzip inside gzip is no log" 0 "(${sentence})?" twice.gz)
must_hold("twice" "\"outcome\":0,\"known\":0,\"malformed\":0" "\"notice\":\"unknown_lines\"")
shell("for line in 1 2 3; do sed -n \"\${line}p\" good.log | gzip -nc; done >members.gz
       gzip -nc </dev/null >>members.gz")
expect_scan("several members, the last one empty" 0 "" members.gz)
must_hold("members" "${good}" "\"lines\":3,\"complete\":true")

shell("gzip -nc </dev/null >nothing.gz")
expect_scan("gzip of nothing is an empty file" 1 "bouncewatch: nothing\\.gz: ${sentence}" nothing.gz)

# Compressions of others are named, not taken for lines.
foreach(magic "zstd;\\050\\265\\057\\375" "xz;\\3757zXZ\\000" "bzip2;BZh91AY&SY")
    list(GET magic 0 name)
    list(GET magic 1 bytes)
    shell("{ printf '${bytes}'; cat good.log; } >foreign.log")
    expect_scan("${name} is named" 1 "bouncewatch: foreign\\.log: [^\n]*${name}${sentence}"
        foreign.log good.log)
    must_hold("${name}" "${good}" "\"lines\":{\"total\":3," "\"complete\":false")
endforeach()

# 1 GiB of zeros is one line that is cut; and 256 MiB of good lines are read through a fixed pool.
shell("head -c 1G /dev/zero | gzip -1 >bomb.gz
       awk 'BEGIN { for (i = 0; i < 1500000; i++) print \"${head}AAAAA1: to=<a@example.com>, ${tail}\" }' |
       gzip -1 >lines.gz")
set(peak_max 153600) # KiB
if("${SANITIZE}" MATCHES "thread")
    math(EXPR peak_max "${peak_max} * 6") # TSan keeps shadow cells beside all memory
endif()
foreach(bomb bomb.gz lines.gz)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env "XDG_CACHE_HOME=${CACHE}"
                            sh ${CMAKE_CURRENT_LIST_DIR}/peak_memory.sh "${PROGRAM}" scan ${bomb}
                    WORKING_DIRECTORY "${WORK}" OUTPUT_VARIABLE peak RESULT_VARIABLE status
                    TIMEOUT 120)
    if(NOT status EQUAL 0 OR NOT peak MATCHES "^[1-9][0-9]*\n$" OR peak GREATER peak_max)
        message(FATAL_ERROR "${bomb}: exit status ${status}, peak memory ${peak} KiB")
    endif()
    message(STATUS "${bomb} is read with a peak of ${peak} KiB")
endforeach()
expect_scan("a gzip bomb is one line that is cut" 0 "(${sentence})?" bomb.gz)
must_hold("bomb" "\"text_bytes\":1073741824,\"lines\":1,\"complete\":true" "\"unknown\":1,\"cut\":1")
