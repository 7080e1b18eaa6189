// SPDX-License-Identifier: Apache-2.0
#include "listings.h"

namespace skald::read {

std::shared_ptr<Listings::Running> Listings::begin(Request request, CancelToken cancel,
                                                   Clock::TimePoint now) const {
    std::shared_ptr<const Limits> limits =
        strictest_limits(limits_, request.tenant, request.more_tenants, request.asked_limits.get());
    StopSign stop(std::move(cancel), clock_);
    if (limits->query_timeout > 0)
        stop.end_at(now + std::chrono::nanoseconds(limits->query_timeout));
    return std::make_shared<Running>(
        Running{std::move(request), std::move(limits), std::move(stop)});
}

}  // namespace skald::read
