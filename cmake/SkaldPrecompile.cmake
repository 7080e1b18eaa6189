# Library headers that most files include, parsed once for the modules and once for the tests: two thirds of a
# compiler's time went into them. Our own headers are not among them, so that changing one builds only its users.
# A file still includes what it uses: -DSKALD_PRECOMPILE=OFF builds without.
option(SKALD_PRECOMPILE "Precompile the headers of libraries" ON)
set(SKALD_COMMON_HEADERS <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <coroutine> <cstddef>
  <cstdint> <cstdlib> <cstring> <deque> <expected> <filesystem> <functional> <limits> <map> <memory> <mutex> <numeric>
  <optional> <ranges> <set> <shared_mutex> <span> <sstream> <stdexcept> <string> <string_view> <system_error> <thread>
  <tuple> <type_traits> <unordered_map> <unordered_set> <utility> <variant> <vector> <boost/asio/any_io_executor.hpp>
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/steady_timer.hpp>)

# Makes `name`, whose headers others take over with skald_precompiled(TARGET name).
function(skald_add_precompiled name options)
  if(NOT SKALD_PRECOMPILE)
    return()
  endif()
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc" CONTENT "")
  add_library(${name} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  target_compile_options(${name} PRIVATE ${options})
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

function(skald_precompiled target name)
  if(SKALD_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

if(SKALD_PRECOMPILE)
  # Times of the headers in the result would make it another one for ccache each time.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
