// SPDX-License-Identifier: Apache-2.0
#include "budget_charge.h"

#include <skald/foundation/base/units.h>

#include <algorithm>

namespace skald::api {

namespace {

constexpr std::uint64_t kStep = 64 * kKiB;

}  // namespace

Result<void> check_outcome(BodyBudget::Outcome outcome) {
    switch (outcome) {
        case BodyBudget::Outcome::kGranted: return {};
        case BodyBudget::Outcome::kBusy:
            return Error{ErrorCode::kUnavailable,
                         "too many bytes of other requests are in flight, try again later"};
        case BodyBudget::Outcome::kNever:
            return Error{ErrorCode::kTooLarge,
                         "request body too large: it does not fit into the memory for requests"};
    }
    return {};
}

Result<void> BudgetCharge::take_more(std::uint64_t bytes) {
    const std::uint64_t more = std::max(bytes, kStep);
    SKALD_CHECK(check_outcome(share_.grow(more)));
    left_ += more - bytes;
    return {};
}

}  // namespace skald::api
