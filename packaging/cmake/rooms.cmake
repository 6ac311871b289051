# SPDX-License-Identifier: Apache-2.0
#
# picket_room(DIR LINKS...): the library of one room (all .cpp of DIR) and its unit tests (all of tests/unit/DIR).
# The target is DIR with underscores: rules/event is rules_event. A room without sources yet is an interface library.
# `unit_tests` is all the unit tests of a build.

# Where threads meet. The thread sanitizer sees nothing elsewhere, and costs minutes of building. exporters/kafka is one
# thread beside librdkafka's, which are made by thrd_create(): the sanitizer does not know that one, and crashes.
set(PICKET_THREADED_ROOMS exporters/metrics exporters/sink sensor/hash sensor/kernel sensor/pipeline sensor/process)

add_custom_target(unit_tests)

function(picket_room dir)
  string(REPLACE "/" "_" target ${dir})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main\\.cpp$")
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${ARGN})
    if(PICKET_FUZZ)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${ARGN})
  endif()

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${dir}/*_test.cpp)
  if(NOT PICKET_TESTS OR NOT tests OR (PICKET_SANITIZE STREQUAL "thread" AND NOT dir IN_LIST PICKET_THREADED_ROOMS))
    return()
  endif()
  add_executable(unit_${target} ${tests})
  target_link_libraries(unit_${target} PRIVATE ${target} tests_support GTest::gmock_main)
  target_compile_definitions(unit_${target} PRIVATE PICKET_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  picket_test_headers(unit_${target})
  if(PICKET_SANITIZE)
    target_compile_options(unit_${target} PRIVATE -O0) # half the time of building them
  endif()
  gtest_discover_tests(unit_${target} TEST_PREFIX "${dir}: " DISCOVERY_TIMEOUT 120)
  add_dependencies(unit_tests unit_${target})
endfunction()

# picket_test_headers(TARGET): compiles once, for all files of a program of tests, the headers that take most of the time.
function(picket_test_headers target)
  target_precompile_headers(${target} PRIVATE <gtest/gtest.h> <nlohmann/json.hpp> <string> <unordered_map> <vector>)
endfunction()
