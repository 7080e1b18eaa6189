// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace skald {

/// Prints the broken assumption to stderr and aborts; the write-ahead log brings the state back.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace skald

/// A bug, never bad input: stays on in release builds.
#define SKALD_ASSERT(condition)                                        \
    do {                                                               \
        if (!(condition)) [[unlikely]]                                 \
            ::skald::assertion_failed(#condition, __FILE__, __LINE__); \
    } while (false)

#ifdef NDEBUG
#define SKALD_DASSERT(condition) static_cast<void>(0)
#else
/// SKALD_ASSERT for hot loops: gone in release builds.
#define SKALD_DASSERT(condition) SKALD_ASSERT(condition)
#endif
