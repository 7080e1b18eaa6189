// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/api/routes.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>

namespace skald::api {

/// What operators and monitoring ask (http-api section 15). The handlers whose service is null are
/// never called.
/// Threading: thread-safe.
class AdminEndpoints {
public:
    AdminEndpoints(Services services, const LimitsSource& limits, Clock& clock, WorkerPool& workers,
                   MetricsRegistry& metrics);

    Task<HttpResponse> ready(HttpRequest request);
    Task<HttpResponse> services(HttpRequest request);
    Task<HttpResponse> metrics(HttpRequest request);
    Task<HttpResponse> config(HttpRequest request);
    Task<HttpResponse> log_level(HttpRequest request);
    Task<HttpResponse> build_info(HttpRequest request);
    Task<HttpResponse> drilldown_limits(HttpRequest request);
    Task<HttpResponse> tenant_limits(HttpRequest request);
    Task<HttpResponse> format_query(HttpRequest request);
    Task<HttpResponse> flush(HttpRequest request);
    Task<HttpResponse> index(HttpRequest request);
    Task<HttpResponse> runtime_config(HttpRequest request);
    Task<HttpResponse> prepare_shutdown(HttpRequest request);
    Task<HttpResponse> shut_down_ingester(HttpRequest request);
    Task<HttpResponse> ring(HttpRequest request);
    Task<HttpResponse> distributor_ring(HttpRequest request);
    Task<HttpResponse> compactor_ring(HttpRequest request);
    Task<HttpResponse> compactor_status(HttpRequest request);

private:
    HttpResponse show_ring(cluster::Ring& ring, const HttpRequest& request) const;
    std::vector<std::pair<std::string, std::string>> links() const;

    Services services_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    MetricsRegistry& metrics_;
    /// A flush waits for work on the shared pool, so it may not sit on one of its threads.
    WorkerPool flush_thread_;
};

}  // namespace skald::api
