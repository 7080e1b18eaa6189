// SPDX-License-Identifier: Apache-2.0
#include "nearest_key.h"

#include "config_keys.h"
#include "foreign_keys.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace skald {

namespace {

/// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

std::string_view parent_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}
std::string_view leaf_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

struct Nearest {
    std::string_view key;
    std::size_t distance = 0;  ///< Only what is nearer counts.
};

/// A key of the right name in the wrong section is nearer than a similar name.
void consider(Nearest& best, std::string_view path, std::string_view key) {
    const bool is_moved = leaf_of(path) == leaf_of(key) && parent_of(path) != parent_of(key);
    const std::size_t least = std::max(path.size(), key.size()) - std::min(path.size(), key.size());
    if (!is_moved && least >= best.distance) return;
    std::size_t distance = edit_distance(path, key);
    if (is_moved) distance = std::min<std::size_t>(distance, 2);
    if (distance < best.distance) best = {key, distance};
}

}  // namespace

std::string nearest_key(std::string_view path) {
    constexpr std::size_t kPathBytesMax = 200;
    if (path.size() > kPathBytesMax) return {};
    const std::size_t far = std::max<std::size_t>(2, path.size() / 4);
    Nearest best{.key = {}, .distance = far + 1};
    std::string_view last_section;
    const auto consider_key = [&](std::string_view key) {
        if (!key.ends_with(".*")) consider(best, path, key);
        const std::string_view section = key.substr(0, key.find('.'));
        if (section != last_section) consider(best, path, section);
        last_section = section;
    };
    for (const ConfigKey& key : config_keys()) consider_key(key.path);
    for (const ForeignKey& key : foreign_keys()) consider_key(key.path);
    return std::string(best.key);
}

}  // namespace skald
