// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/write/patterns/pattern_store.h>

#include <string>
#include <vector>

namespace skald::api {

/// `/loki/api/v1/patterns` (http-api section 11).
///
/// Read path: [PatternEndpoint] -> pattern store.
/// Threading: thread-safe.
class PatternEndpoint {
public:
    /// `patterns` may be null: the endpoint then answers 404 without a text, as Loki does when its
    /// pattern ingester is off.
    PatternEndpoint(const write::PatternStore* patterns, Clock& clock, WorkerPool& workers)
        : patterns_(patterns), clock_(clock), workers_(workers) {}

    Task<HttpResponse> patterns(HttpRequest request);

private:
    Result<std::string> answer(const HttpRequest& request) const;

    const write::PatternStore* patterns_;
    Clock& clock_;
    WorkerPool& workers_;
};

/// `{"status":"success","data":[{"pattern":…,"level":…,"samples":[[second,lines],…]},…]}`.
std::string patterns_json(const std::vector<write::PatternStore::Pattern>& patterns);

}  // namespace skald::api
