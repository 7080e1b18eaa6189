// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gram_windows.h"

#include <cstdint>
#include <span>

namespace skald::storage {

/// Sets the byte of each gram of the windows to 1: of hash h the byte h * size / 2^32. Sets the
/// byte `size` too, perhaps. Behind the last window lie kWindowsBehind times kNoGrams.
/// With vector code where the machine has AVX2 or AVX-512.
void mark_windows(std::span<const GramWindow> windows, unsigned char* seen, std::uint32_t size);
/// The same on any machine.
void mark_windows_plainly(std::span<const GramWindow> windows, unsigned char* seen,
                          std::uint32_t size);
#if defined(__x86_64__)
/// Requires: __builtin_cpu_supports("avx2").
void mark_windows_avx2(std::span<const GramWindow> windows, unsigned char* seen,
                       std::uint32_t size);
bool has_avx512() noexcept;
/// Requires: has_avx512().
void mark_windows_avx512(std::span<const GramWindow> windows, unsigned char* seen,
                         std::uint32_t size);
#endif

}  // namespace skald::storage
