// SPDX-License-Identifier: Apache-2.0
#include "level_detector.h"

#include "json_fields.h"
#include "level_words.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/text.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace skald::write {

namespace {

constexpr std::string_view kUnknown = "unknown";

struct LevelName {
    std::string_view name;
    std::string_view level;
};
constexpr std::array<LevelName, 14> kLevelNames = {{
    {"trace", "trace"},
    {"trc", "trace"},
    {"debug", "debug"},
    {"dbg", "debug"},
    {"info", "info"},
    {"inf", "info"},
    {"information", "info"},
    {"warn", "warn"},
    {"wrn", "warn"},
    {"warning", "warn"},
    {"error", "error"},
    {"err", "error"},
    {"critical", "critical"},
    {"fatal", "fatal"},
}};

/// The level that `text` names, or "".
std::string_view known_level(std::string_view text) {
    if (text.size() < 3 || text.size() > 11) return {};
    for (const LevelName& candidate : kLevelNames)
        if (equals_ignoring_case(text, candidate.name)) return candidate.level;
    return {};
}

/// OpenTelemetry's SeverityNumber.
std::string_view level_of_severity(std::string_view number) {
    const Result<std::int64_t> parsed = parse_int(number);
    if (!parsed) return "info";
    if (*parsed == 0) return kUnknown;
    constexpr std::array<std::pair<std::int64_t, std::string_view>, 6> kUpTo = {
        {{4, "trace"}, {8, "debug"}, {12, "info"}, {16, "warn"}, {20, "error"}, {24, "fatal"}}};
    for (const auto& [last, level] : kUpTo)
        if (*parsed <= last) return level;
    return kUnknown;
}

}  // namespace

std::string_view LevelDetector::normalize(std::string_view text) {
    const std::string_view level = known_level(text);
    return level.empty() ? text : level;
}

std::string_view LevelDetector::from_labels(const Labels& labels) const {
    for (const std::string& name : fields_.names()) {
        const std::string_view value = labels.value_or_empty(name);
        if (!value.empty()) return normalize(value);
    }
    return {};
}

std::string_view LevelDetector::from_metadata(std::span<const LabelView> metadata) const {
    std::string_view level;
    std::string_view severity;
    std::size_t best = fields_.size();
    for (const LabelView& pair : metadata) {
        if (pair.name == "severity_number") severity = pair.value;
        const std::size_t rank = fields_.rank(pair.name);
        if (rank >= best) continue;
        best = rank;
        level = normalize(pair.value);
    }
    if (level.empty() && !severity.empty()) return level_of_severity(severity);
    return level;
}

std::string_view LevelDetector::from_line(std::string_view line) const {
    const std::string_view value = looks_like_json_object(line)
                                       ? fields_.find_in_json(line, json_depth_)
                                       : fields_.find_in_logfmt(line);
    if (const std::string_view level = known_level(value); !level.empty()) return level;
    const std::string_view level = find_level_word(line);
    return level.empty() ? kUnknown : level;
}

}  // namespace skald::write
