// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The characters that one place of a regex takes. Exact for ASCII; beyond it, a superset.
struct CharacterSet {
    std::bitset<128> ascii;
    bool beyond = false;  ///< Some character past U+007F may match.
    bool dot = false;     ///< It is `.`: every character past U+007F matches.
    std::string exactly;  ///< UTF-8 of the only character, if there is one and it is past U+007F.
};

/// A regex as far as searching a block needs it: captures, laziness and line modes are gone,
/// because they do not change whether a line without '\n' matches.
struct RegexNode {
    enum class Kind {
        kEmpty,
        kCharacter,
        kConcat,
        kAlternate,
        kRepeat,
        kBegin,  ///< `^`, `\A`.
        kEnd,    ///< `$`, `\z`.
        kWordBoundary,
        kNotWordBoundary,
    };
    static constexpr int kUnbounded = -1;

    Kind kind = Kind::kEmpty;
    CharacterSet set;                 ///< kCharacter.
    std::vector<RegexNode> children;  ///< kRepeat has one.
    int min = 0;                      ///< kRepeat.
    int max = kUnbounded;
};

/// Reads a pattern that RE2 has accepted. Nothing for what it leaves to RE2 alone: Unicode classes,
/// very deep or odd patterns.
std::optional<RegexNode> parse_regex(std::string_view pattern);

/// Fewest characters that a match has.
std::size_t min_width(const RegexNode& node);
/// Whether it asks for a position (`^`, `\b`), not only for characters.
bool has_assertion(const RegexNode& node);
/// Whether a byte that is no UTF-8 could take part in a match (Go reads it as U+FFFD, RE2 as
/// nothing).
bool may_match_replacement(const RegexNode& node);

}  // namespace skald::read
