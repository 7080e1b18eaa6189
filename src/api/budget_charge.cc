// SPDX-License-Identifier: Apache-2.0
#include "budget_charge.h"

#include <skald/foundation/base/units.h>

#include <algorithm>

namespace skald::api {

namespace {

constexpr std::uint64_t kStep = 64 * kKiB;

}  // namespace

Result<void> check_outcome(BudgetShare::Outcome outcome) {
    switch (outcome) {
        case BudgetShare::Outcome::kGranted: return {};
        case BudgetShare::Outcome::kBusy:
            return Error{ErrorCode::kUnavailable,
                         "too many bytes of other requests are in flight, try again later "
                         "(memory.requests)"};
        case BudgetShare::Outcome::kNever:
            return Error{ErrorCode::kTooLarge,
                         "request body too large: it does not fit into the memory for requests "
                         "(memory.requests)"};
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
