// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gram_windows.h"

#include <cstdint>
#include <span>

namespace skald::storage {

/// Sets the byte of each gram of the windows to 1: of hash h the byte h * size / 2^32. Sets the
/// byte `size` too. Behind the last window lies kNoGrams.
/// With vector code where the machine has AVX2.
void mark_windows(std::span<const GramWindow> windows, unsigned char* seen, std::uint32_t size);
/// The same on any machine.
void mark_windows_plainly(std::span<const GramWindow> windows, unsigned char* seen,
                          std::uint32_t size);

}  // namespace skald::storage
