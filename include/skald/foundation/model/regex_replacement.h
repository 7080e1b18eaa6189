// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace skald {

/// A part of a replacement: text, or a group of the expression. A group of -1 is one that the
/// expression does not have, which stands for nothing.
struct ReplacementPart {
    std::string_view text;
    std::optional<int> group;
};

/// What `$1`, `$name`, `${name}` and `$$` stand for in Go
/// (https://pkg.go.dev/regexp#Regexp.Expand). The parts point into `text`. Threading: pure.
std::vector<ReplacementPart> split_replacement(const re2::RE2& regex, std::string_view text);

}  // namespace skald
