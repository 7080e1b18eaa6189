// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace skald {

/// A 128-bit content hash (XXH3-128, seed 0). Ordered, so that it can key sorted containers.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    auto operator<=>(const Hash128&) const = default;
    /// 32 lower-case hex digits, high half first.
    std::string to_hex() const;
};

/// XXH3-64 with seed 0: hash tables and the checksums of our formats.
std::uint64_t hash64(std::string_view bytes) noexcept;
/// XXH3-128 with seed 0: identities.
Hash128 hash128(std::string_view bytes) noexcept;
/// XXH64 with seed 0, where Loki's fingerprint is asked for.
std::uint64_t xxh64(std::string_view bytes) noexcept;

/// For unordered containers keyed by std::string that are asked with a string_view.
struct TransparentStringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return hash64(text); }
};

}  // namespace skald

template <>
struct std::hash<skald::Hash128> {
    std::size_t operator()(const skald::Hash128& value) const noexcept { return value.low; }
};
