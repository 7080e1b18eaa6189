// SPDX-License-Identifier: Apache-2.0
#include "loose_regex.h"

#include <algorithm>

namespace skald::read {

std::optional<LooseRegex> LooseRegex::read(std::string_view pattern) {
    constexpr std::string_view kAny = ".*";
    const bool group = pattern.size() > 1 && pattern.front() == '(' && pattern.back() == ')';
    if (group) pattern = pattern.substr(1, pattern.size() - 2);
    LooseRegex regex;
    bool loose = false;
    for (bool last = false; !last;) {
        const std::size_t bar = pattern.find('|');
        std::string_view term = pattern.substr(0, bar);
        last = bar == std::string_view::npos;
        if (!last) pattern.remove_prefix(bar + 1);
        const std::size_t size = term.size();
        while (term.starts_with(kAny)) term.remove_prefix(kAny.size());
        while (term.ends_with(kAny)) term.remove_suffix(kAny.size());
        if (term.find_first_of("\\.+*?()[]{}^$") != std::string_view::npos) return std::nullopt;
        const bool whole = term.size() == size && size > 0;
        loose = loose || !whole;
        regex.terms_.push_back({std::string(term), whole});
    }
    if (!loose) return std::nullopt;
    return regex;
}

bool LooseRegex::matches(std::string_view value) const {
    return std::any_of(terms_.begin(), terms_.end(), [&](const Term& term) {
        return term.whole ? value == term.text : value.find(term.text) != std::string_view::npos;
    });
}

}  // namespace skald::read
