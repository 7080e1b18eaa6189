// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/ruler/ruler.h>

namespace skald::api {

/// Rules of a tenant: read, written and removed as YAML, shown as Prometheus shows them (http-api
/// 14). What touches files runs on a worker.
/// Threading: thread-safe.
class RuleEndpoints {
public:
    RuleEndpoints(read::Ruler& ruler, WorkerPool& workers) : ruler_(ruler), workers_(workers) {}

    Task<HttpResponse> list(HttpRequest request);
    Task<HttpResponse> list_namespace(HttpRequest request);
    Task<HttpResponse> group(HttpRequest request);
    Task<HttpResponse> put(HttpRequest request);
    Task<HttpResponse> remove_namespace(HttpRequest request);
    Task<HttpResponse> remove_group(HttpRequest request);
    /// `GET` or `POST` of one path.
    Task<HttpResponse> on_namespace(HttpRequest request);
    Task<HttpResponse> on_group(HttpRequest request);

    Task<HttpResponse> status(HttpRequest request);
    Task<HttpResponse> alerts(HttpRequest request);

private:
    read::Ruler& ruler_;
    WorkerPool& workers_;
};

}  // namespace skald::api
