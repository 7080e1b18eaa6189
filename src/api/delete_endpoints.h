// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/storage/deletes/delete_log.h>

namespace skald::api {

/// `/loki/api/v1/delete` and `/loki/api/v1/cache/generation_numbers` (http-api section 13).
/// Threading: thread-safe; requests are stored on a worker.
class DeleteEndpoints {
public:
    struct Options {
        DurationNs max_interval = kNanosPerDay;  ///< `compactor.delete_max_interval`
    };
    DeleteEndpoints(storage::DeleteLog& log, const LimitsSource& limits, Clock& clock,
                    WorkerPool& workers, Options options)
        : log_(log), limits_(limits), clock_(clock), workers_(workers), options_(options) {}

    /// By method: adds, lists or cancels.
    Task<HttpResponse> handle(HttpRequest request);
    Task<HttpResponse> generation_numbers(HttpRequest request);

private:
    Task<HttpResponse> add(HttpRequest request);
    Task<HttpResponse> cancel(HttpRequest request);
    HttpResponse list(const HttpRequest& request) const;

    storage::DeleteLog& log_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    const Options options_;
};

}  // namespace skald::api
