// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/bounded_text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>

namespace skald {

namespace {

constexpr std::size_t kCharacterMax = 4;

/// Where to cut: `bytes_max`, or the begin of the character that this is inside of.
std::size_t cut_of(std::string_view text, std::size_t bytes_max) {
    for (std::size_t back = 1; back < std::min(kCharacterMax, bytes_max + 1); ++back) {
        if (utf8_length(text, bytes_max - back) > back) return bytes_max - back;
    }
    return bytes_max;
}

}  // namespace

std::string bounded_text(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    std::string bounded(text.substr(0, cut_of(text, bytes_max)));
    return bounded.append("…(").append(std::to_string(text.size())).append(" bytes)");
}

}  // namespace skald
