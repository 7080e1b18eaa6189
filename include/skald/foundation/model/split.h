// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace skald {

/// Takes what stands in front of the next separator off `rest`, and the separator with it: one part
/// a call until `rest` is empty. A separator at the end is followed by no part.
/// Threading: pure.
inline std::string_view take_part(std::string_view& rest, char separator) noexcept {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

/// The texts in a row, with `between` between them. Threading: pure.
template <class Texts>
std::string joined(const Texts& texts, std::string_view between) {
    std::string row;
    std::string_view before;
    for (const auto& text : texts) {
        row.append(before).append(text);
        before = between;
    }
    return row;
}

}  // namespace skald
