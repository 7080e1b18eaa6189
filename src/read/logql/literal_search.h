// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

/// Bytes to look for.
struct Needle {
    std::string bytes;
    /// As long as `bytes`: 0x20 at a lower-case letter that stands for both cases, else 0.
    std::string folds;
    /// A regex says the same in other letters too (K for k): only for ASCII lines is this all.
    bool more_beyond_ascii = false;

    static Needle exact(std::string_view bytes) {
        return {std::string(bytes), std::string(bytes.size(), '\0'), false};
    }
    bool operator==(const Needle&) const = default;
};

/// Which instructions a search uses; kBest picks the widest that the machine has.
enum class SearchKernel : std::uint8_t { kBest, kAvx2, kSse2, kScalar };

/// Finds a needle in long texts: compares two of its bytes, the rarest in logs, 32 places at a
/// time, and looks at the rest only where both agree (the generic SIMD scheme of W. Muła,
/// "SIMD-friendly algorithms for substring searching"). Threading: immutable.
class LiteralSearcher {
public:
    /// Requires: the needle is not empty.
    explicit LiteralSearcher(Needle needle, SearchKernel kernel = SearchKernel::kBest);

    /// Offset of the first occurrence at or after `from`, or npos.
    std::size_t find(std::string_view text, std::size_t from) const noexcept;
    std::size_t size() const noexcept { return needle_.bytes.size(); }
    const Needle& needle() const noexcept { return needle_; }

private:
    Needle needle_;
    bool folded_ = false;
    std::size_t first_ = 0;  ///< Places of the two bytes in the needle.
    std::size_t second_ = 0;
    SearchKernel kernel_;
};

/// What a text is made of, as far as searches care.
struct TextTraits {
    std::size_t newlines = 0;
    bool ascii = true;
};
TextTraits traits_of(std::string_view text) noexcept;

}  // namespace skald::read
