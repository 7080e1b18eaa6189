// SPDX-License-Identifier: Apache-2.0
#include "slow_query_log.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/bounded_text.h>
#include <skald/foundation/telemetry/log_line.h>

#include <chrono>
#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kParametersMax = 16 * kKiB;  ///< Of the URL and of the body.
constexpr std::size_t kTagsMax = 4 * kKiB;
constexpr std::size_t kMark = 64;  ///< More than a text is longer that was cut.
/// What is slow is read whole, to be asked again.
constexpr std::size_t kValueMax = 2 * (kParametersMax + kMark);

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
    asked.parameters = bounded_text(request.query, kParametersMax);
    if (!request.body.empty()) {
        if (!asked.parameters.empty()) asked.parameters += '&';
        asked.parameters += bounded_text(request.body.view(), kParametersMax);
    }
    if (request.tenant) asked.tenants = request.tenant->text();
    for (const TenantId& tenant : request.more_tenants) asked.tenants += "|" + tenant.text();
    asked.tags = bounded_text(request.headers.joined("X-Query-Tags"), kTagsMax);
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
        const LogField fields[] = {
            {"method", to_string(asked.method)}, {"path", asked.path},
            {"org_id", asked.tenants},           {"time_taken", format_go_duration(taken)},
            {"status", response.status},         {"response_bytes", response.body.size()},
            {"params", asked.parameters},        {"query_tags", asked.tags},
            {"user_agent", asked.agent}};
        log_line(LogLevel::kInfo, "slow query detected", fields, kValueMax);
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
