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

/// Powers of four up to 1 GiB.
const std::vector<double>& size_buckets() {
    static const std::vector<double> buckets = [] {
        std::vector<double> powers;
        for (double bytes = 4; bytes <= double{1U << 30}; bytes *= 4) powers.push_back(bytes);
        return powers;
    }();
    return buckets;
}

}  // namespace

Histogram request_duration(MetricsRegistry& registry, const RequestLabels& labels) {
    return registry.histogram("loki_request_duration_seconds",
                              "Time (in seconds) spent serving HTTP requests.",
                              {{"method", labels.method},
                               {"route", labels.route},
                               {"status_code", labels.status},
                               {"ws", labels.socket ? "true" : "false"}},
                              duration_buckets());
}

Histogram request_bytes(MetricsRegistry& registry, const std::string& method,
                        const std::string& route) {
    return registry.histogram("loki_request_message_bytes",
                              "Size (in bytes) of messages received in the request.",
                              {{"method", method}, {"route", route}}, size_buckets());
}

Histogram response_bytes(MetricsRegistry& registry, const std::string& method,
                         const std::string& route) {
    return registry.histogram("loki_response_message_bytes",
                              "Size (in bytes) of messages sent in response.",
                              {{"method", method}, {"route", route}}, size_buckets());
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

Histogram RequestMetrics::duration(Method method, const std::string& route, int status,
                                   bool socket) {
    auto known = known_.lock();
    const auto found = known->duration.find({method, route, status, socket});
    if (found != known->duration.end()) return found->second;
    const Histogram made = request_duration(registry_, {.method = std::string(to_string(method)),
                                                        .route = route,
                                                        .status = std::to_string(status),
                                                        .socket = socket});
    known->duration.emplace(std::tuple(method, route, status, socket), made);
    return made;
}

RequestMetrics::Sizes RequestMetrics::sizes(Method method, const std::string& route) {
    auto known = known_.lock();
    const auto found = known->sizes.find({method, route});
    if (found != known->sizes.end()) return found->second;
    const std::string name(to_string(method));
    const Sizes made{request_bytes(registry_, name, route), response_bytes(registry_, name, route)};
    known->sizes.emplace(std::pair(method, route), made);
    return made;
}

}  // namespace skald::api
