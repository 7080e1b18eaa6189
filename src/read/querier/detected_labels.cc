// SPDX-License-Identifier: Apache-2.0
#include "detected_labels.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>

namespace skald::read {
namespace {

using Values = std::unordered_set<std::string_view>;

bool always_helps(std::string_view name) {
    constexpr std::array<std::string_view, 4> kNames = {"cluster", "namespace", "instance", "pod"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_id(std::string_view value) {
    return parse_float(value).has_value() || is_uuid(value);
}

bool is_flag(const Values& values) {
    return std::all_of(values.begin(), values.end(),
                       [](std::string_view value) { return value == "0" || value == "1"; });
}

bool helps(std::string_view name, const Values& values) {
    if (always_helps(name) || is_flag(values)) return true;
    return !std::all_of(values.begin(), values.end(), is_id);
}

}  // namespace

bool is_uuid(std::string_view text) noexcept {
    constexpr std::size_t kDashed = 36;
    constexpr std::size_t kPlain = 32;
    if (text.size() != kDashed && text.size() != kPlain) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = text.size() == kDashed && (i == 8 || i == 13 || i == 18 || i == 23);
        const char c = text[i];
        const bool is_digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_dash ? c != '-' : !is_digit) return false;
    }
    return true;
}

Result<std::vector<DetectedLabel>> detect_labels(const std::vector<StreamPtr>& streams,
                                                 Allowance& allowance) {
    std::map<std::string_view, Values> names;
    for (const StreamPtr& stream : streams) {
        if (!allowance.goes_on()) return *allowance.refusal();
        for (std::size_t i = 0; i < stream->labels.size(); ++i) {
            const LabelView label = stream->labels[i];
            names[label.name].insert(label.value);
        }
    }
    std::vector<DetectedLabel> labels;
    for (const auto& [name, values] : names) {
        if (helps(name, values)) labels.push_back({std::string(name), values.size()});
    }
    return labels;
}

}  // namespace skald::read
