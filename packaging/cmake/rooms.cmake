# SPDX-License-Identifier: Apache-2.0
#
# picket_room(DIR LINKS...): the library of one room (all .cpp of DIR) and its unit tests (all of tests/unit/DIR).
# The target is DIR with underscores: rules/event is rules_event. A room without sources yet is an interface library.
function(picket_room dir)
  string(REPLACE "/" "_" target ${dir})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main\\.cpp$")
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${ARGN})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} INTERFACE ${ARGN})
  endif()

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${dir}/*_test.cpp)
  if(PICKET_TESTS AND tests)
    add_executable(unit_${target} ${tests})
    target_link_libraries(unit_${target} PRIVATE ${target} tests_support GTest::gmock_main)
    target_compile_definitions(unit_${target} PRIVATE PICKET_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(unit_${target} TEST_PREFIX "${dir}: " DISCOVERY_TIMEOUT 120)
  endif()
endfunction()
