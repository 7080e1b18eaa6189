// SPDX-License-Identifier: Apache-2.0
#include "request_metrics.h"

#include <skald/api/request_duration.h>

#include <vector>

namespace skald::api {

namespace {

const std::vector<double>& duration_buckets() {
    static const std::vector<double> buckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                1,     2.5,  5,     10,   25,  50,   100};
    return buckets;
}

}  // namespace

Histogram request_duration(MetricsRegistry& registry, const std::string& method,
                           const std::string& route, const std::string& status) {
    return registry.histogram(
        "loki_request_duration_seconds", "Time (in seconds) spent serving HTTP requests.",
        {{"method", method}, {"route", route}, {"status_code", status}, {"ws", "false"}},
        duration_buckets());
}

RequestMetrics::RequestMetrics(MetricsRegistry& registry)
    : connections(registry.gauge("loki_tcp_connections",
                                 "Current number of accepted TCP connections.",
                                 {{"protocol", "http"}})),
      exceptions(
          registry.counter("loki_panic_total", "Requests that ended in a bug of the server.")),
      failed_handshakes(registry.counter("skald_tls_failed_handshakes_total",
                                         "TLS handshakes that did not succeed.")),
      refused(registry.counter("skald_http_connections_refused_total",
                               "Connections that were closed because there were too many.")),
      registry_(registry) {}

Gauge RequestMetrics::inflight(Method method, const std::string& route) {
    auto known = known_.lock();
    const auto found = known->inflight.find({method, route});
    if (found != known->inflight.end()) return found->second;
    const Gauge made =
        registry_.gauge("loki_inflight_requests", "Current number of inflight requests.",
                        {{"method", std::string(to_string(method))}, {"route", route}});
    known->inflight.emplace(std::pair(method, route), made);
    return made;
}

Histogram RequestMetrics::duration(Method method, const std::string& route, int status) {
    auto known = known_.lock();
    const auto found = known->duration.find({method, route, status});
    if (found != known->duration.end()) return found->second;
    const Histogram made =
        request_duration(registry_, std::string(to_string(method)), route, std::to_string(status));
    known->duration.emplace(std::tuple(method, route, status), made);
    return made;
}

}  // namespace skald::api
