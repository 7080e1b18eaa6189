// SPDX-License-Identifier: Apache-2.0
#include "retries.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::read {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMin{250};
constexpr milliseconds kPauseMax{5000};

bool may_pass(const Error& error) {
    return error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable;
}

bool is_over(const QueryRequest& request, const CancelToken& cancel, const Clock& clock) {
    return cancel.cancelled() || (request.deadline && clock.now() >= *request.deadline);
}

}  // namespace

Retries::Retries(Querier& querier, Clock& clock, std::uint32_t retries_max,
                 MetricsRegistry& metrics)
    : querier_(querier),
      clock_(clock),
      retries_max_(retries_max),
      retries_(metrics.histogram("loki_query_frontend_retries",
                                 "How often queries were asked for again.", {},
                                 {0, 1, 2, 3, 4, 5})) {}

Task<Result<QueryResponse>> Retries::query(QueryRequest request, CancelToken cancel) {
    std::uint32_t attempt = 0;
    for (;;) {
        Result<QueryResponse> response = co_await querier_.query(request, cancel);
        const bool again = !response && may_pass(response.error()) && attempt < retries_max_ &&
                           !is_over(request, cancel, clock_);
        if (!again) {
            retries_.observe(attempt);
            co_return response;
        }
        co_await pause(attempt++, request, cancel);
    }
}

/// In short naps, so that a client that goes away is noticed.
Task<> Retries::pause(std::uint32_t attempt, const QueryRequest& request,
                      const CancelToken& cancel) {
    const milliseconds wanted = std::min(kPauseMax, kPauseMin * (1 << std::min(attempt, 10U)));
    const Clock::TimePoint until = clock_.now() + wanted;
    while (clock_.now() < until && !is_over(request, cancel, clock_)) {
        co_await clock_.sleep_until(std::min(until, clock_.now() + milliseconds(100)));
    }
}

}  // namespace skald::read
