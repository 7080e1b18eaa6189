// SPDX-License-Identifier: Apache-2.0
#include "pattern_endpoint.h"

#include "error_response.h"
#include "http_form.h"
#include "query_parameters.h"

#include <skald/foundation/model/json_string.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace skald::api {
namespace {

using write::PatternStore;

/// Patterns of several tenants as one list, the most frequent first.
class PatternSum {
public:
    void add(const PatternStore::Pattern& pattern) {
        auto& samples = counts_[{pattern.pattern, pattern.level}];
        for (const auto& [second, lines] : pattern.samples) samples[second] += lines;
    }
    std::vector<PatternStore::Pattern> finish() const {
        std::vector<std::pair<std::uint64_t, PatternStore::Pattern>> sums;
        for (const auto& [name, samples] : counts_) {
            std::uint64_t lines = 0;
            for (const auto& [second, count] : samples) lines += count;
            sums.push_back({lines, {name.first, name.second, {samples.begin(), samples.end()}}});
        }
        std::ranges::stable_sort(
            sums, [](const auto& left, const auto& right) { return left.first > right.first; });
        sums.resize(std::min(sums.size(), PatternStore::kPatternsMax));
        std::vector<PatternStore::Pattern> patterns;
        for (auto& [lines, pattern] : sums) patterns.push_back(std::move(pattern));
        return patterns;
    }

private:
    /// Lines by second, by pattern and level.
    std::map<std::pair<std::string, std::string>, std::map<std::int64_t, std::uint64_t>> counts_;
};

}  // namespace

Task<HttpResponse> PatternEndpoint::patterns(HttpRequest request) {
    if (patterns_ == nullptr) co_return plain_text(404, "");
    const auto find = [this, &request] { return answer(request); };
    auto body = co_await run_on(workers_, Lane::kQuery, find);
    if (!body) co_return query_error(body.error(), request);
    co_return json_answer(*std::move(body));
}

Result<std::string> PatternEndpoint::answer(const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(const read::QueryRequest query, parse_range_query(form, clock_.wall_now()));
    SKALD_TRY(const read::ExprPtr expr, read::parse_query(query.query));
    if (!expr->is_log()) {
        return Error{ErrorCode::kInvalidArgument, "only log selector is supported"};
    }
    // Stages are left out: templates are of whole lines.
    const auto& log = std::get<read::LogExpr>(expr->node);
    PatternStore::Request wanted{.tenant = *request.tenant,
                                 .matchers = log.matchers,
                                 .start = query.start,
                                 .end = query.end,
                                 .step = query.step};
    if (request.more_tenants.empty()) return patterns_json(patterns_->query(wanted));
    PatternSum sum;
    const auto add = [&] {
        for (const auto& each : patterns_->query(wanted)) sum.add(each);
    };
    add();
    for (const TenantId& tenant : request.more_tenants) {
        wanted.tenant = tenant;
        add();
    }
    return patterns_json(sum.finish());
}

std::string patterns_json(const std::vector<write::PatternStore::Pattern>& patterns) {
    std::string out = "{\"status\":\"success\",\"data\":[";
    bool first = true;
    for (const write::PatternStore::Pattern& pattern : patterns) {
        out += first ? "{\"pattern\":" : ",{\"pattern\":";
        first = false;
        append_json_string(out, pattern.pattern);
        out += ",\"level\":";
        append_json_string(out, pattern.level);
        out += ",\"samples\":[";
        for (std::size_t i = 0; i < pattern.samples.size(); ++i) {
            if (i > 0) out.push_back(',');
            out += "[" + std::to_string(pattern.samples[i].first) + "," +
                   std::to_string(pattern.samples[i].second) + "]";
        }
        out += "]}";
    }
    return out + "]}\n";
}

}  // namespace skald::api
