// SPDX-License-Identifier: Apache-2.0
#include "library_assertion.h"

#include <skald/foundation/telemetry/log.h>

#include <atomic>
#include <cstdlib>

namespace skald::app {

namespace {

std::atomic<bool> wanted{false};

}  // namespace

void log_library_assertions() noexcept {
    wanted.store(true);
}

}  // namespace skald::app

/// The C library's, which every library calls; this one comes first.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
extern "C" [[noreturn]] void __assert_fail(const char* what, const char* file, unsigned int line,
                                           const char* function) noexcept {
    if (skald::app::wanted.load()) {
        skald::log_error(
            "an assertion of a library failed, the process ends; nothing acknowledged is lost",
            {{"what", what},
             {"file", file},
             {"line", line},
             {"function", function},
             {"do",
              "if the disk has trouble (see the kernel's log), put it right, then start again"}});
    }
    std::abort();
}
