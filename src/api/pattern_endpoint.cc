// SPDX-License-Identifier: Apache-2.0
#include "pattern_endpoint.h"

#include "error_response.h"
#include "http_form.h"
#include "query_parameters.h"

#include <skald/foundation/model/json_string.h>
#include <skald/read/logql/parser.h>

#include <variant>

namespace skald::api {

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
    return patterns_json(patterns_->query({.tenant = *request.tenant,
                                           .matchers = log.matchers,
                                           .start = query.start,
                                           .end = query.end,
                                           .step = query.step}));
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
