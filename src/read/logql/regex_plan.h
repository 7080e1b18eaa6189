// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "literal_search.h"
#include "regex_tree.h"

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// How to search a block for lines that match a regex, worked out once from its text.
struct RegexPlan {
    bool matches_all = false;  ///< Every line matches.
    /// Every line matches that has any character but '\n', and no other.
    bool matches_any_character = false;
    /// Every match contains one of these; empty if none are known.
    std::vector<Needle> needles;
    /// A line with one of the needles matches, nothing else is asked for (see more_beyond_ascii).
    bool needles_suffice = false;
    /// For Hyperscan, in bytes: exact on ASCII lines without '\n', finds too much on other lines
    /// without
    /// '\n'; says nothing of lines with '\n'. Empty if there is none.
    std::string scan_pattern;
    /// A line that is not UTF-8 may match although RE2 says no.
    bool wide = true;
};

/// Requires: RE2 accepts `pattern`.
RegexPlan plan_regex(std::string_view pattern);

}  // namespace skald::read
