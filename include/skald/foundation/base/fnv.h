// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace skald {

/// FNV-1 (not FNV-1a) of 32 bits, where Loki's numbers are asked for. `from`: the hash of the bytes
/// before. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm".
constexpr std::uint32_t fnv1_32(std::string_view bytes, std::uint32_t from = 2166136261U) noexcept {
    for (const char c : bytes) {
        from *= 16777619U;
        from ^= static_cast<unsigned char>(c);
    }
    return from;
}

}  // namespace skald
