// SPDX-License-Identifier: Apache-2.0
#include "body_budget.h"

#include <skald/foundation/base/assert.h>

namespace skald::api {

BodyBudget::Outcome BudgetShare::grow(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return BodyBudget::Outcome::kGranted;
    const std::uint64_t limit = budget_->limit_;
    if (bytes > limit || bytes_ > limit - bytes) return BodyBudget::Outcome::kNever;
    std::uint64_t used = budget_->used_.load(std::memory_order_relaxed);
    do {
        if (used > limit - bytes) return BodyBudget::Outcome::kBusy;
    } while (!budget_->used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    bytes_ += bytes;
    return BodyBudget::Outcome::kGranted;
}

void BudgetShare::shrink(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return;
    SKALD_ASSERT(bytes <= bytes_);
    bytes_ -= bytes;
    budget_->used_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace skald::api
