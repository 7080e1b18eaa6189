// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_form.h"
#include "http_message.h"
#include "query_json.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/querier/querier.h>

#include <string>

namespace skald::api {

/// The read endpoints, current and legacy.
///
/// Read path: [QueryEndpoints] -> querier.
/// Threading: thread-safe.
class QueryEndpoints {
public:
    QueryEndpoints(read::Querier& querier, Clock& clock, WorkerPool& workers)
        : querier_(querier), clock_(clock), workers_(workers) {}

    Task<HttpResponse> query_range(HttpRequest request);
    Task<HttpResponse> query_instant(HttpRequest request);
    Task<HttpResponse> query_legacy(HttpRequest request);
    Task<HttpResponse> labels(HttpRequest request);
    Task<HttpResponse> label_values(HttpRequest request);
    Task<HttpResponse> series(HttpRequest request);

private:
    enum class Kind { kRange, kInstant, kLegacy };
    using MetadataRequest = read::Querier::MetadataRequest;

    Task<HttpResponse> query(HttpRequest request, Kind kind);
    Task<Result<read::QueryRequest>> prepare_anywhere(const HttpRequest& request, Kind kind);
    Task<std::string> encode(QueryAnswer answer, Kind kind, Turn turn);
    Result<read::QueryRequest> prepare(const HttpRequest& request, Kind kind) const;
    Result<MetadataRequest> without_selectors(const HttpRequest& request, const Form& form) const;
    Result<MetadataRequest> prepare_metadata(const HttpRequest& request) const;
    Result<MetadataRequest> prepare_series(const HttpRequest& request) const;

    read::Querier& querier_;
    Clock& clock_;
    WorkerPool& workers_;
};

}  // namespace skald::api
