// SPDX-License-Identifier: Apache-2.0
#include "query_endpoints.h"

#include "encoding_flags.h"
#include "error_response.h"
#include "list_source.h"
#include "query_parameters.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/blocked_query.h>
#include <skald/read/logql/parser.h>

namespace skald::api {

namespace {

constexpr std::size_t kPreparedInPlaceMax = 8 * kKiB;  // Longer forms are decoded on a worker.
constexpr std::size_t kEncodedInPlaceMax = 64 * kKiB;  // Larger answers are written on a worker.

Error invalid(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// Logs Drilldown shows what fits and says so, instead of an error.
bool wants_partial_results(const HttpRequest& request) {
    const std::string tags = request.headers.joined("X-Query-Tags");
    return tag_value(tags, "source") == "grafana-lokiexplore-app";
}

/// The parameter that only the legacy endpoint has, and the queries that it never took.
Result<void> prepare_legacy(const Form& form, read::QueryRequest& query) {
    add_legacy_regexp(form, query.query);
    SKALD_TRY(const read::ExprPtr expr, read::parse_query(query.query));
    // Clients know Loki's text, which has a trace of its inner calls here.
    if (!expr->is_log())
        return invalid(
            "rpc error: code = Code(400) desc = legacy endpoints only support streams result type");
    return {};
}

/// Short lists go out as any answer, with their length.
HttpResponse list_answer(std::shared_ptr<BodySource> list) {
    std::string first;
    if (!list->next(first)) return json_answer(std::move(first));
    HttpResponse response = json_answer({});
    response.source = with_first(std::move(first), std::move(list));
    return response;
}

}  // namespace

Result<read::QueryRequest> QueryEndpoints::prepare(const HttpRequest& request, Kind kind) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    const TimeNs now = clock_.wall_now();
    SKALD_TRY(read::QueryRequest query, kind == Kind::kInstant ? parse_instant_query(form, now)
                                                               : parse_range_query(form, now));
    query.tenant = *request.tenant;
    query.more_tenants = request.more_tenants;
    query.asked_limits = request.asked_limits;
    query.tags = request.headers.joined("X-Query-Tags");
    query.partial_results = wants_partial_results(request);
    query.no_cache = request.headers.joined("Cache-Control").find("no-cache") != std::string::npos;
    query.explain = form.value("explain") == "true";
    if (kind == Kind::kLegacy) {
        SKALD_CHECK(prepare_legacy(form, query));
    }
    return query;
}

Task<HttpResponse> QueryEndpoints::query_range(HttpRequest request) {
    return query(std::move(request), Kind::kRange);
}

Task<HttpResponse> QueryEndpoints::query_instant(HttpRequest request) {
    return query(std::move(request), Kind::kInstant);
}

Task<HttpResponse> QueryEndpoints::query_legacy(HttpRequest request) {
    return query(std::move(request), Kind::kLegacy);
}

Task<HttpResponse> QueryEndpoints::query(HttpRequest request, Kind kind) {
    auto prepared = co_await prepare_anywhere(request, kind);
    if (!prepared) co_return query_error(prepared.error(), request);
    QueryAnswer answer;
    answer.direction = prepared->direction;
    answer.encoding_flags = encoding_flags(request);
    auto response = co_await querier_.query(*std::move(prepared), request.cancel);
    if (!response) co_return query_error(response.error(), request);
    answer.response = *std::move(response);
    std::shared_ptr<const void> memory = std::move(answer.response.memory);
    const Turn turn(Lane::kQuery, request.tenant->flow());
    std::string body = co_await encode(std::move(answer), kind, turn);
    HttpResponse sent = json_answer(std::move(body));
    sent.memory = std::move(memory);
    co_return sent;
}

Task<Result<read::QueryRequest>> QueryEndpoints::prepare_anywhere(const HttpRequest& request,
                                                                  Kind kind) {
    const bool quick =
        kind != Kind::kLegacy && request.query.size() + request.body.size() <= kPreparedInPlaceMax;
    if (quick) co_return prepare(request, kind);
    const auto prepare_this = [this, &request, kind] { return prepare(request, kind); };
    auto prepared = co_await run_on(workers_, Lane::kQuery, prepare_this);
    co_return prepared;
}

Task<std::string> QueryEndpoints::encode(QueryAnswer answer, Kind kind, Turn turn) {
    const auto write = [&answer, kind] {
        return kind == Kind::kLegacy ? legacy_query_json(answer)
                                     : query_json(answer);  // A log query: streams.
    };
    if (estimated_bytes(answer.response) <= kEncodedInPlaceMax) co_return write();
    std::string body = co_await run_on(workers_, turn, write);
    co_return body;
}

Result<QueryEndpoints::MetadataRequest> QueryEndpoints::without_selectors(
    const HttpRequest& request, const Form& form) const {
    SKALD_TRY(const TimeRange range, parse_listing_range(form, clock_.wall_now()));
    return MetadataRequest{.tenant = *request.tenant,
                           .selectors = {},
                           .start = range.start,
                           .end = range.end,
                           .more_tenants = request.more_tenants,
                           .asked_limits = request.asked_limits};
}

Result<QueryEndpoints::MetadataRequest> QueryEndpoints::prepare_metadata(
    const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(MetadataRequest metadata, without_selectors(request, form));
    if (const std::string_view query = form.value("query"); !query.empty()) {
        SKALD_TRY(std::vector<Matcher> selector, read::parse_selector(query, false));
        metadata.selectors.push_back(std::move(selector));
    }
    return metadata;
}

Result<QueryEndpoints::MetadataRequest> QueryEndpoints::prepare_series(
    const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(MetadataRequest metadata, without_selectors(request, form));
    std::vector<std::string_view> texts = form.values("match");
    const auto bracketed = form.values("match[]");
    texts.insert(texts.end(), bracketed.begin(), bracketed.end());
    bool everything = false;
    for (const std::string_view text : texts) {
        SKALD_TRY(std::vector<Matcher> selector, read::parse_selector(text, true));
        everything = everything || selector.empty();
        metadata.selectors.push_back(std::move(selector));
    }
    if (everything) metadata.selectors.clear();
    return metadata;
}

Task<HttpResponse> QueryEndpoints::labels(HttpRequest request) {
    // A selector may hold regular expressions, which take a while to compile.
    const auto prepare_this = [this, &request] { return prepare_metadata(request); };
    auto metadata = co_await run_on(workers_, Lane::kQuery, prepare_this);
    if (!metadata) co_return query_error(metadata.error(), request);
    auto names = co_await querier_.label_names(*std::move(metadata), request.cancel);
    if (!names) co_return query_error(names.error(), request);
    co_return list_answer(text_list_source(*std::move(names)));
}

Task<HttpResponse> QueryEndpoints::label_values(HttpRequest request) {
    // A selector may hold regular expressions, which take a while to compile.
    const auto prepare_this = [this, &request] { return prepare_metadata(request); };
    auto metadata = co_await run_on(workers_, Lane::kQuery, prepare_this);
    if (!metadata) co_return query_error(metadata.error(), request);
    std::string name = request.path_values.front();
    auto values =
        co_await querier_.label_values(*std::move(metadata), std::move(name), request.cancel);
    if (!values) co_return query_error(values.error(), request);
    co_return list_answer(text_list_source(*std::move(values)));
}

Task<HttpResponse> QueryEndpoints::series(HttpRequest request) {
    const auto prepare_this = [this, &request] { return prepare_series(request); };
    auto metadata = co_await run_on(workers_, Lane::kQuery, prepare_this);
    if (!metadata) co_return query_error(metadata.error(), request);
    auto found = co_await querier_.series(*std::move(metadata), request.cancel);
    if (!found) co_return query_error(found.error(), request);
    co_return list_answer(series_source(*std::move(found)));
}

}  // namespace skald::api
