// SPDX-License-Identifier: Apache-2.0
#include "call_metrics.h"

#include <skald/api/request_duration.h>

namespace skald::grpc {

Histogram CallMetrics::duration(const std::string& route, const std::string& status) {
    auto known = known_.lock();
    const auto found = known->find({route, status});
    if (found != known->end()) return found->second;
    const Histogram made = api::request_duration(
        registry_, {.method = "gRPC", .route = route, .status = status, .socket = false});
    known->emplace(std::pair(route, status), made);
    return made;
}

Histogram CallMetrics::message_bytes(const std::string& route) {
    auto known = known_sizes_.lock();
    const auto found = known->find(route);
    if (found != known->end()) return found->second;
    const Histogram made = api::request_bytes(registry_, "gRPC", route);
    known->emplace(route, made);
    return made;
}

}  // namespace skald::grpc
