// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The regular expressions that Loki does not anchor in label filters (logql 3.7): texts with `.*`
/// in front or behind, or alternatives of such, are looked for anywhere in the value.
/// Threading: immutable.
class LooseRegex {
public:
    /// Nothing for all other expressions: those are anchored.
    static std::optional<LooseRegex> read(std::string_view pattern);

    bool matches(std::string_view value) const;

private:
    struct Term {
        std::string text;
        bool whole = false;  ///< The value is the text; else contains it.
    };

    std::vector<Term> terms_;
};

}  // namespace skald::read
