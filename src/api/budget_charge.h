// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"

#include <skald/foundation/base/result.h>

#include <cstdint>

namespace skald::api {

/// kUnavailable (others hold too much now) or kTooLarge (more than the whole budget); nothing if it
/// was granted.
Result<void> check_outcome(BudgetShare::Outcome outcome);

/// Grows a request's share of the budget by many small amounts, in larger steps.
/// Threading: single-owner. The share must outlive it.
class BudgetCharge {
public:
    explicit BudgetCharge(BudgetShare& share) : share_(share) {}

    /// Errors: those of check_outcome.
    Result<void> take(std::uint64_t bytes) {
        if (bytes <= left_) {
            left_ -= bytes;
            return {};
        }
        return take_more(bytes);
    }

private:
    Result<void> take_more(std::uint64_t bytes);

    BudgetShare& share_;
    std::uint64_t left_ = 0;
};

}  // namespace skald::api
