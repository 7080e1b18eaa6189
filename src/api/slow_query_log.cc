// SPDX-License-Identifier: Apache-2.0
#include "slow_query_log.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <chrono>
#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kParametersMax = 4 * kKiB;  ///< Of the URL and of the body.

/// What the line tells of a request that its handler has taken apart.
struct Asked {
    std::string path;
    std::string parameters;
    std::string tenants;
    std::string tags;
    std::string agent;
    Method method = Method::kGet;
};

Asked remember(const HttpRequest& request) {
    Asked asked;
    asked.path = request.path;
    asked.parameters = request.query.substr(0, kParametersMax);
    if (!request.body.empty()) {
        if (!asked.parameters.empty()) asked.parameters += '&';
        asked.parameters += request.body.view().substr(0, kParametersMax);
    }
    if (request.tenant) asked.tenants = request.tenant->text();
    for (const TenantId& tenant : request.more_tenants) asked.tenants += "|" + tenant.text();
    asked.tags = request.headers.joined("X-Query-Tags").substr(0, kParametersMax);
    asked.agent = std::string(request.headers.find("User-Agent").value_or("")).substr(0, 256);
    asked.method = request.method;
    return asked;
}

Task<HttpResponse> handle_and_log(Router::Handler handler, DurationNs longer_than, Clock& clock,
                                  HttpRequest request) {
    const Clock::TimePoint started = clock.now();
    const Asked asked = remember(request);
    HttpResponse response = co_await handler(std::move(request));
    const DurationNs taken =
        std::chrono::duration_cast<std::chrono::nanoseconds>(clock.now() - started).count();
    if (taken > longer_than) {
        log_info("slow query detected", {{"method", to_string(asked.method)},
                                         {"path", asked.path},
                                         {"org_id", asked.tenants},
                                         {"time_taken", format_go_duration(taken)},
                                         {"status", response.status},
                                         {"response_bytes", response.body.size()},
                                         {"params", asked.parameters},
                                         {"query_tags", asked.tags},
                                         {"user_agent", asked.agent}});
    }
    co_return response;
}

}  // namespace

Router::Handler log_slow_queries(Router::Handler handler, DurationNs longer_than, Clock& clock) {
    if (longer_than == 0) return handler;
    return [handler = std::move(handler), longer_than, &clock](HttpRequest request) {
        return handle_and_log(handler, longer_than, clock, std::move(request));
    };
}

}  // namespace skald::api
