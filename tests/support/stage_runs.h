// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/label_row.h"

#include <skald/foundation/base/assert.h>
#include <skald/read/logql/parser.h>
#include <skald/read/logql/row_stage.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace skald::read {

/// The stages of `{a="b"} | <text>`.
inline std::vector<Stage> stages_of(std::string_view text) {
    const auto parsed = parse_query("{a=\"b\"} | " + std::string(text));
    SKALD_ASSERT(parsed);
    return std::get<LogExpr>((*parsed)->node).stages;
}

inline WantedLabels wanting(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return {false, std::move(names)};
}

inline void run_stages(std::string_view text, LabelRow& row, const WantedLabels& wanted = {}) {
    for (const Stage& stage : stages_of(text)) {
        const auto compiled = RowStage::compile(stage, wanted);
        SKALD_ASSERT(compiled);
        (*compiled)->run(row);
    }
}

/// The parsed labels as `a=1 b=2`, then the error as `!Type`, with details `!Type: details`.
inline std::string show(const LabelRow& row, bool details = false) {
    std::string out;
    for (const auto& [name, value] : row.parsed()) {
        if (!out.empty()) out.push_back(' ');
        out += name + "=" + value;
    }
    if (!row.has_error()) return out;
    out += (out.empty() ? "!" : " !") + row.error();
    return details ? out + ": " + row.details() : out;
}

/// What the stages make of a line without labels of its own.
inline std::string parsed(std::string_view text, std::string_view line,
                          const WantedLabels& wanted = {}) {
    LabelRow row{std::string(line)};
    run_stages(text, row, wanted);
    return show(row);
}

inline std::string with_details(std::string_view text, std::string_view line) {
    LabelRow row{std::string(line)};
    run_stages(text, row);
    return show(row, true);
}

}  // namespace skald::read
