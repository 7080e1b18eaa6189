// SPDX-License-Identifier: Apache-2.0
#include "needed_labels.h"

#include <algorithm>

namespace skald::read {

NeededLabels NeededLabels::everything() {
    NeededLabels needed;
    needed.all = true;
    return needed;
}

bool NeededLabels::contains(std::string_view name) const {
    if (std::binary_search(names.begin(), names.end(), name)) return true;
    return all && std::find(left_out.begin(), left_out.end(), name) == left_out.end();
}

void NeededLabels::add(std::string_view name) {
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at == names.end() || *at != name) names.emplace(at, name);
}

void NeededLabels::add(const WantedLabels& wanted) {
    if (wanted.all) {
        all = true;
        left_out.clear();
        return;
    }
    for (const std::string& name : wanted.names) add(name);
}

void NeededLabels::add_all_but(const std::vector<std::string>& names_left_out) {
    all = true;
    left_out = names_left_out;
}

void NeededLabels::remove(std::string_view name) {
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at != names.end() && *at == name) names.erase(at);
    if (all && std::find(left_out.begin(), left_out.end(), name) == left_out.end()) {
        left_out.emplace_back(name);
    }
}

WantedLabels NeededLabels::wanted() const {
    if (all) return {};
    return {false, names};
}

}  // namespace skald::read
