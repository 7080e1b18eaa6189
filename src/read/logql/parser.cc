// SPDX-License-Identifier: Apache-2.0
#include "query_error.h"
#include "query_parser.h"

#include <skald/foundation/model/regex_allowance.h>
#include <skald/read/logql/label_filter.h>
#include <skald/read/logql/line_filter.h>
#include <skald/read/logql/parser.h>
#include <skald/read/logql/row_stage.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

Error refused(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Result<void> check_selector(const std::vector<Matcher>& matchers) {
    const bool selective =
        std::any_of(matchers.begin(), matchers.end(),
                    [](const Matcher& matcher) { return !matcher.matches_empty(); });
    if (selective) return {};
    return plain_error(
        "queries require at least one regexp or equality matcher that does not have an "
        "empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but "
        "app=~\".+\" will");
}

/// Whether a stage can be built; messages come without the stage's text.
struct StageCheck {
    Result<void> operator()(const LabelFilter& filter) const {
        SKALD_TRY(auto compiled, LabelFilterProgram::compile(filter));
        static_cast<void>(compiled);
        return {};
    }
    template <class Other>
    Result<void> operator()(const Other& stage) const {
        if (!RowStage::serves(stage)) return {};
        SKALD_TRY(auto compiled, RowStage::compile(stage, WantedLabels{}));
        static_cast<void>(compiled);
        return {};
    }
};

Result<void> check_stage(const Stage& stage) {
    if (const auto* filter = std::get_if<LineFilter>(&stage)) {
        auto compiled = LineFilterProgram::compile({filter, 1});
        if (!compiled) return plain_error(compiled.error().message);
        return {};
    }
    if (const Result<void> valid = std::visit(StageCheck{}, stage); !valid) {
        return plain_error("stage '" + to_string(stage) + "' : " + valid.error().message);
    }
    return {};
}

}  // namespace

Result<ExprPtr> parse_query(std::string_view query) {
    if (query.size() >= kQueryBytesMax) {
        return plain_error("input size too long (" + std::to_string(query.size()) + " > " +
                           std::to_string(kQueryBytesMax) + ")");
    }
    const RegexAllowance allowance(RegexAllowance::Kind::kFresh);
    QueryParser parser(query);
    SKALD_TRY(ExprPtr expr, parser.parse());
    for (const LogExpr& log : parser.logs()) {
        SKALD_CHECK(check_selector(log.matchers));
    }
    for (const LogExpr& log : parser.logs()) {
        for (const Stage& stage : log.stages) {
            SKALD_CHECK(check_stage(stage));
        }
    }
    return expr;
}

Result<std::vector<Matcher>> parse_selector(std::string_view text, bool allow_empty) {
    if (text.size() >= kQueryBytesMax) {
        return plain_error("input size too long (" + std::to_string(text.size()) + " > " +
                           std::to_string(kQueryBytesMax) + ")");
    }
    const RegexAllowance allowance(RegexAllowance::Kind::kFresh);
    QueryParser parser(text);
    SKALD_TRY(const ExprPtr expr, parser.parse());
    const auto* log = std::get_if<LogExpr>(&expr->node);
    if (log == nullptr || !log->stages.empty()) {
        return refused("only label matchers are supported");
    }
    if (!allow_empty || !log->matchers.empty()) {
        SKALD_CHECK(check_selector(log->matchers));
    }
    return log->matchers;
}

}  // namespace skald::read
