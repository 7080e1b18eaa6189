# One test program a module (tests/unit/GROUP/MODULE/*_test.cc -> test_MODULE), the story, the
# replay of the fuzz corpora, and the checks of the house. `ctest` runs them all.
include(GoogleTest)
add_library(skald_everything INTERFACE)
target_link_libraries(skald_everything INTERFACE ${SKALD_MODULE_TARGETS})

# A program that takes longer hangs. Sanitizers slow it down many times.
set(SKALD_TEST_SECONDS 600)
if(SKALD_SANITIZE)
  set(SKALD_TEST_SECONDS 2400)
endif()

# The programs that test without a server as a process.
add_custom_target(unit_tests)

skald_add_precompiled(skald_test_headers -O0 ${SKALD_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
if(TARGET skald_test_headers)
  target_link_libraries(skald_test_headers PRIVATE GTest::gmock)
endif()

function(skald_add_test_program name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE SKALD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE skald_everything GTest::gtest_main GTest::gmock)
  # Half of the build's time would go into optimising tests.
  target_compile_options(${name} PRIVATE -O0)
  skald_precompiled(${name} skald_test_headers)
  add_dependencies(unit_tests ${name})
  # A program is one ctest entry: starting a process a case would cost more than the cases.
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${SKALD_TEST_SECONDS})
endfunction()

file(STRINGS "${CMAKE_SOURCE_DIR}/src/LAYERS" lines REGEX "^[a-z]")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([a-z0-9_/]+) *:" _ "${line}")
  set(path "${CMAKE_MATCH_1}")
  get_filename_component(name "${path}" NAME)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/${path}/*_test.cc")
  if(sources)
    skald_add_test_program(test_${name} ${sources})
    target_include_directories(test_${name} PRIVATE "${CMAKE_SOURCE_DIR}/src/${path}")
  endif()
endforeach()

file(GLOB story CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/story/*_test.cc")
if(story)
  skald_add_test_program(test_story ${story})
  target_include_directories(test_story PRIVATE "${CMAKE_SOURCE_DIR}/src")
endif()

file(GLOB fuzzers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc")
foreach(source IN LISTS fuzzers)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" target "${name}")
  add_executable(replay_${target} "${source}" "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc")
  target_include_directories(replay_${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(replay_${target} PRIVATE skald_everything)
  add_dependencies(unit_tests replay_${target})
  add_test(NAME replay_${target} COMMAND replay_${target} "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${target}")
  if(SKALD_FUZZERS)
    add_executable(fuzz_${target} "${source}")
    target_include_directories(fuzz_${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${target} PRIVATE skald_everything)
  endif()
endforeach()

add_test(NAME layers COMMAND python3 "${CMAKE_SOURCE_DIR}/tools/check_layers.py" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")

# The real binary over real sockets.
if(TARGET skald)
  # Preloaded by tests that make the disk fail under it.
  add_library(skald_disk_faults MODULE "${CMAKE_SOURCE_DIR}/tests/preload/disk_faults.cc")
  target_link_libraries(skald_disk_faults PRIVATE ${CMAKE_DL_LIBS})
  file(GLOB integration CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/integration/test_*.py")
  foreach(source IN LISTS integration)
    get_filename_component(name "${source}" NAME_WE)
    string(REGEX REPLACE "^test_" "integration_" name "${name}")
    add_test(NAME ${name} COMMAND python3 "${source}" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT
      "SKALD_BINARY=$<TARGET_FILE:skald>;PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endif()

foreach(check shape docs)
  add_test(NAME ${check} COMMAND python3 "${CMAKE_SOURCE_DIR}/tools/check_${check}.py" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
endforeach()
add_test(NAME shape_self_test COMMAND python3 "${CMAKE_SOURCE_DIR}/tools/check_shape.py" --self-test
  WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
