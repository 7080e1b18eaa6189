// SPDX-License-Identifier: Apache-2.0
#include "delete_parameters.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <variant>

namespace skald::api {

namespace {

Error refused(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// The time of a parameter that is there.
Result<TimeNs> time_of(const Form& form, std::string_view name) {
    Result<TimeNs> time = parse_delete_time(form.value(name));
    if (!time) return refused("invalid " + std::string(name) + " time: " + time.error().message);
    return time;
}

/// True if a stage chooses among the lines of a stream: Loki cuts only such requests in shards.
bool chooses_lines(const read::LogExpr& log) {
    return std::any_of(log.stages.begin(), log.stages.end(), [](const read::Stage& stage) {
        if (std::holds_alternative<read::LabelFilter>(stage)) return true;
        const auto* filter = std::get_if<read::LineFilter>(&stage);
        if (filter == nullptr) return false;
        const bool is_positive =
            filter->op == read::LineFilterOp::kContains || filter->op == read::LineFilterOp::kRegex;
        const auto is_empty = [](const read::LineFilter::Alternative& alternative) {
            return alternative.text.empty();
        };
        // Every line has an empty text in it.
        return !is_positive ||
               std::none_of(filter->alternatives.begin(), filter->alternatives.end(), is_empty);
    });
}

/// `max_interval` has no effect here: a request is not cut in shards. What Loki refuses is refused.
Result<void> check_interval(const Form& form, DurationNs range, DurationNs max_interval) {
    const std::string_view text = form.value("max_interval");
    if (text.empty()) return {};
    const Result<DurationNs> interval = parse_go_duration(text);
    if (!interval || *interval < kNanosPerSecond)
        return refused("invalid max_interval: valid time units are 's', 'm', 'h'");
    if (max_interval > 0 && *interval > max_interval)
        return refused("max_interval can't be greater than " + format_go_duration(max_interval) +
                       " (compactor.delete_max_interval)");
    if (*interval > range)
        return refused("max_interval can't be greater than the interval to be deleted (" +
                       format_go_duration(range) + ")");
    return {};
}

}  // namespace

Result<TimeNs> parse_delete_time(std::string_view text) {
    constexpr std::size_t kSecondsDigits = 10;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() == kSecondsDigits && std::all_of(text.begin(), text.end(), is_digit)) {
        const Result<std::int64_t> seconds = parse_int(text);
        if (seconds) return *seconds * kNanosPerSecond;
    }
    Result<TimeNs> time = parse_rfc3339(text);
    if (!time) return refused("require unix seconds or RFC3339 format");
    return time;
}

Result<DeleteParameters> parse_delete(const Form& form, TimeNs now, DurationNs max_interval) {
    DeleteParameters asked;
    asked.query = form.value("query");
    if (asked.query.empty()) return refused("query not set");
    const Result<read::ExprPtr> expr = read::parse_query(asked.query);
    if (!expr || !(*expr)->is_log()) return refused("invalid query expression");
    if (form.value("start").empty()) return refused("start time not set");
    SKALD_TRY(asked.start, time_of(form, "start"));
    asked.end = now;
    if (!form.value("end").empty()) {
        SKALD_TRY(asked.end, time_of(form, "end"));
    }
    if (asked.end > now) return refused("deletes in the future are not allowed");
    if (asked.start >= asked.end)
        return refused("start time can't be greater than or equal to end time");
    if (chooses_lines(std::get<read::LogExpr>((*expr)->node))) {
        SKALD_CHECK(check_interval(form, asked.end - asked.start, max_interval));
    }
    return asked;
}

}  // namespace skald::api
