# C++ tests mirror the sources: one executable for each top folder of tests/. Tests of whole nodes
# (tests/e2e, tests/interop) are run by node and python3 against the release binary.
find_package(GTest REQUIRED)
include(GoogleTest)

file(GLOB support CONFIGURE_DEPENDS tests/support/*.cc)

# In real time, and like others that stay: left out where CI is set.
set(bad_days */BadFeed.*)
set(more_rates */ProgrammeOfFeed.*/f25on25 */ProgrammeOfFeed.*/f50on50 */ProgrammeOfFeed.*/f60on60
  */SwitchOfFault.*/silent */SwitchOfFault.*/errors Switch.WithACommonSound*)
string(JOIN : more_rates ${more_rates})

# Most of their tests take less time than a process does to begin: a few processes for all of them,
# each with every so-manieth test. A single one: build/release/core_test --gtest_filter=NAME.
set(together core config net control supervisor load)
set(with_postgresql PostgreSQL*:*/BackupTest.*)

function(longmen_test folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS tests/${folder}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${folder}_test ${sources})
  target_link_libraries(${folder}_test PRIVATE ${ARGN} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${folder}_test PRIVATE LONGMEN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # The tests themselves need to be compiled soon, not to run fast; but for the simulations.
  if(NOT folder STREQUAL sim)
    target_compile_options(${folder}_test PRIVATE $<$<CONFIG:Release>:-O0>)
  endif()
  # Of those that encode in real time one at once, and of those that only pass media on; the others,
  # which only compute, make room for them.
  set(lock)
  if(folder STREQUAL streamer)
    set(lock RESOURCE_LOCK media COST 600)
  elseif(folder MATCHES "^(ingest|relay)$")
    set(lock RESOURCE_LOCK passed_on COST 500)
  else()
    set_property(TARGET ${folder}_test PROPERTY CROSSCOMPILING_EMULATOR nice -n 5)
  endif()
  if(folder IN_LIST together)
    set(last 0)
    if(folder MATCHES "^(core|control)$")
      set(last 3)
    endif()
    math(EXPR shards "${last} + 1")
    foreach(shard RANGE ${last})
      add_test(NAME ${folder}/${shard} COMMAND ${folder}_test --gtest_filter=-${with_postgresql})
      set_tests_properties(${folder}/${shard} PROPERTIES TIMEOUT 900 ENVIRONMENT
        "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard};GTEST_BRIEF=1")
    endforeach()
    return()
  endif()
  gtest_discover_tests(${folder}_test TEST_PREFIX "${folder}/" DISCOVERY_MODE PRE_TEST
    TEST_FILTER -${bad_days}:${more_rates}:RtspPush.Ffmpeg*
    PROPERTIES TIMEOUT 120 ${lock})
endfunction()

longmen_test(core longmen_core)
longmen_test(sim longmen_core)
longmen_test(config longmen_config)
longmen_test(net longmen_net)
longmen_test(ingest longmen_ingest)
longmen_test(streamer longmen_streamer)
add_test(NAME streamer/BadFeed COMMAND streamer_test --gtest_filter=${bad_days})
add_test(NAME streamer/MoreRates COMMAND streamer_test --gtest_filter=${more_rates})
set_tests_properties(streamer/BadFeed streamer/MoreRates PROPERTIES TIMEOUT 300 RUN_SERIAL ON LABELS long)
# What ffmpeg sends by RTSP is as even as the machine is idle.
add_test(NAME ingest/RtspPushByFfmpeg COMMAND ingest_test --gtest_filter=RtspPush.Ffmpeg*)
set_tests_properties(ingest/RtspPushByFfmpeg PROPERTIES TIMEOUT 120 RUN_SERIAL ON LABELS long)
longmen_test(relay longmen_relay)
longmen_test(gateway longmen_gateway longmen_pages)
longmen_test(control longmen_control)
target_precompile_headers(control_test PRIVATE
  <gmock/gmock.h> <gtest/gtest.h> ${usual_headers} <boost/json.hpp> <soci/soci.h>)
# Those that need a PostgreSQL in one process: it starts one server for all.
add_test(NAME control/PostgreSQL COMMAND control_test --gtest_filter=${with_postgresql})
# TIMEOUT: with a sanitizer, beside other work. COST: what takes long begins first, beside the rest.
set_tests_properties(control/PostgreSQL PROPERTIES TIMEOUT 900 COST 1000)
longmen_test(supervisor longmen_supervisor)
longmen_test(load longmen_load)
target_precompile_headers(net_test PRIVATE <gmock/gmock.h> <gtest/gtest.h> ${usual_headers})
foreach(folder ingest relay gateway supervisor load)
  target_precompile_headers(${folder}_test REUSE_FROM net_test)
endforeach()
foreach(test net_test relay_test gateway_test)
  if(TARGET ${test} AND support)
    target_sources(${test} PRIVATE ${support})
  endif()
endforeach()
if(TARGET core_test)
  target_sources(core_test PRIVATE tests/support/media_programme.cc)
  target_precompile_headers(core_test PRIVATE <gtest/gtest.h> <fmt/format.h> <vector> <string>)
endif()

# Tests of whole nodes: the release binary, foreign senders and players, Chromium.
add_custom_command(
  OUTPUT ${CMAKE_SOURCE_DIR}/tests/e2e/node_modules/.package-lock.json
  COMMAND ${NPM} ci --no-audit --no-fund --loglevel=error
  DEPENDS tests/e2e/package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e
  COMMENT "Installing the browser tests' packages")
add_custom_target(longmen_e2e ALL
  DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/node_modules/.package-lock.json)
file(GLOB e2e CONFIGURE_DEPENDS tests/e2e/*.test.mjs)
# Who clicks through pages does not mind media in real time beside it. What comes one at once begins
# first (COST), so that it never has to be waited for at the end.
set(pages accounts enrolment oidc schedule studio)
# Left out where CI is set (longmen.sh), for its time: minutes of kills, of players one after the other, what
# changes seldom, what needs an idle machine (sound), and what has unit tests with the same counterparts.
set(long bucket closed_captions console day delay enrolment failover fallback hls holes home kill_matrix languages limits load npm_players
  oidc overlay packages peer_replay players publish recording screen slates sound stuck_log ways_in whip)
foreach(test ${e2e})
  get_filename_component(name ${test} NAME_WE)
  add_test(NAME e2e/${name} COMMAND ${NODE} --test ${test})
  set_tests_properties(e2e/${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "LONGMEN=$<TARGET_FILE:longmen>")
  if(name IN_LIST long)
    set_tests_properties(e2e/${name} PROPERTIES RUN_SERIAL ON LABELS long)
  elseif(name IN_LIST pages)
    set_tests_properties(e2e/${name} PROPERTIES RESOURCE_LOCK browser COST 900)
  else()
    set_tests_properties(e2e/${name} PROPERTIES RESOURCE_LOCK media COST 950)
  endif()
endforeach()
set_tests_properties(e2e/day PROPERTIES TIMEOUT 1800)
# Each of twenty ways is watched for ten seconds, again if the machine stumbled.
set_tests_properties(e2e/ways_in PROPERTIES TIMEOUT 1500)
add_test(NAME web/unit COMMAND ${NPM} --prefix ${CMAKE_SOURCE_DIR}/web test)
add_test(NAME web/check COMMAND ${NPM} --prefix ${CMAKE_SOURCE_DIR}/web run check)
