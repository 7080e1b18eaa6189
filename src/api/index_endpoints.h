// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"
#include "query_parameters.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/querier/index_querier.h>

namespace skald::api {

/// The read endpoints that no line is read for (http-api sections 10 and 11).
///
/// Read path: [IndexEndpoints] -> index querier.
/// Threading: thread-safe.
class IndexEndpoints {
public:
    IndexEndpoints(read::IndexQuerier& index, const LimitsSource& limits, Clock& clock,
                   WorkerPool& workers)
        : index_(index), limits_(limits), clock_(clock), workers_(workers) {}

    Task<HttpResponse> stats(HttpRequest request);
    Task<HttpResponse> shards(HttpRequest request);
    Task<HttpResponse> volume(HttpRequest request);
    Task<HttpResponse> volume_range(HttpRequest request);
    Task<HttpResponse> detected_labels(HttpRequest request);

private:
    struct ShardsRequest {
        read::IndexRequest index;
        std::uint64_t bytes = 0;
    };

    Result<read::IndexRequest> prepare_stats(const HttpRequest& request) const;
    Result<ShardsRequest> prepare_shards(const HttpRequest& request) const;
    Result<read::VolumeRequest> prepare_volume(const HttpRequest& request, VolumeKind kind) const;
    Result<read::IndexRequest> prepare_labels(const HttpRequest& request) const;
    Task<HttpResponse> answer_volume(HttpRequest request, VolumeKind kind);

    read::IndexQuerier& index_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
};

}  // namespace skald::api
