// SPDX-License-Identifier: Apache-2.0
#include "index_endpoints.h"

#include "error_response.h"
#include "http_form.h"
#include "index_json.h"
#include "query_json.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>

#include <utility>

namespace skald::api {

Result<read::IndexRequest> IndexEndpoints::prepare_stats(const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(const read::QueryRequest query, parse_range_query(form, clock_.wall_now()));
    read::IndexRequest index{.tenant = *request.tenant,
                             .matchers = {},
                             .start = query.start,
                             .end = query.end,
                             .more_tenants = request.more_tenants,
                             .asked_limits = request.asked_limits};
    SKALD_TRY(index.matchers, read::parse_selector(query.query, false));
    return index;
}

Result<IndexEndpoints::ShardsRequest> IndexEndpoints::prepare_shards(
    const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(read::IndexRequest index, prepare_stats(request));
    const auto bytes = parse_humanized_bytes(form.value("targetBytesPerShard"));
    if (!bytes || *bytes == 0) {
        return Error{ErrorCode::kInvalidArgument, "targetBytesPerShard must be a positive value"};
    }
    return ShardsRequest{std::move(index), *bytes};
}

Result<read::VolumeRequest> IndexEndpoints::prepare_volume(const HttpRequest& request,
                                                           VolumeKind kind) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(VolumeParameters parameters, parse_volume(form, clock_.wall_now(), kind));
    read::VolumeRequest volume{.index = {.tenant = *request.tenant,
                                         .matchers = {},
                                         .start = parameters.range.start,
                                         .end = parameters.range.end,
                                         .more_tenants = request.more_tenants,
                                         .asked_limits = request.asked_limits},
                               .step = parameters.step,
                               .limit = parameters.limit,
                               .target_labels = std::move(parameters.target_labels),
                               .by_label_names = parameters.by_label_names};
    SKALD_TRY(volume.index.matchers, read::parse_selector(form.value("query"), true));
    return volume;
}

Result<read::IndexRequest> IndexEndpoints::prepare_labels(const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(const TimeRange range, parse_listing_range(form, clock_.wall_now()));
    read::IndexRequest index{.tenant = *request.tenant,
                             .matchers = {},
                             .start = range.start,
                             .end = range.end,
                             .more_tenants = request.more_tenants,
                             .asked_limits = request.asked_limits};
    if (const std::string_view query = form.value("query"); !query.empty()) {
        SKALD_TRY(index.matchers, read::parse_selector(query, true));
    }
    return index;
}

Task<HttpResponse> IndexEndpoints::stats(HttpRequest request) {
    // A selector may hold regular expressions, which take a while to compile.
    const auto prepare = [this, &request] { return prepare_stats(request); };
    auto index = co_await run_on(workers_, Lane::kQuery, prepare);
    if (!index) co_return query_error(index.error(), request);
    auto stats = co_await index_.stats(*std::move(index), request.cancel);
    if (!stats) co_return query_error(stats.error(), request);
    co_return json_answer(index_stats_json(*stats));
}

Task<HttpResponse> IndexEndpoints::shards(HttpRequest request) {
    const auto prepare = [this, &request] { return prepare_shards(request); };
    auto shards = co_await run_on(workers_, Lane::kQuery, prepare);
    if (!shards) co_return query_error(shards.error(), request);
    auto plan = co_await index_.shards(std::move(shards->index), shards->bytes, request.cancel);
    if (!plan) co_return query_error(plan.error(), request);
    co_return json_answer(shard_plan_json(*plan));
}

Task<HttpResponse> IndexEndpoints::volume(HttpRequest request) {
    return answer_volume(std::move(request), VolumeKind::kInstant);
}

Task<HttpResponse> IndexEndpoints::volume_range(HttpRequest request) {
    return answer_volume(std::move(request), VolumeKind::kRange);
}

Task<HttpResponse> IndexEndpoints::answer_volume(HttpRequest request, VolumeKind kind) {
    if (!limits_.of(*request.tenant)->volume_enabled)
        co_return plain_text(404, "not found (limits_config.volume_enabled)");
    const auto prepare = [this, &request, kind] { return prepare_volume(request, kind); };
    auto volume = co_await run_on(workers_, Lane::kQuery, prepare);
    if (!volume) co_return query_error(volume.error(), request);
    QueryAnswer answer;
    answer.keeps_empty_labels = true;
    auto response = co_await index_.volume(*std::move(volume), request.cancel);
    if (!response) co_return query_error(response.error(), request);
    answer.response = *std::move(response);
    const auto write = [&answer] { return query_json(answer); };
    std::string body = co_await run_on(workers_, Lane::kQuery, write);
    co_return json_answer(std::move(body));
}

Task<HttpResponse> IndexEndpoints::detected_labels(HttpRequest request) {
    const auto prepare = [this, &request] { return prepare_labels(request); };
    auto index = co_await run_on(workers_, Lane::kQuery, prepare);
    if (!index) co_return query_error(index.error(), request);
    auto labels = co_await index_.detected_labels(*std::move(index), request.cancel);
    if (!labels) co_return query_error(labels.error(), request);
    co_return json_answer(detected_labels_json(*labels));
}

}  // namespace skald::api
