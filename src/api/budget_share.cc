// SPDX-License-Identifier: Apache-2.0
#include "budget_share.h"

#include <skald/foundation/base/assert.h>

namespace skald::api {

BudgetShare::Outcome BudgetShare::grow(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return Outcome::kGranted;
    const std::uint64_t limit = budget_->limit();
    if (bytes > limit || bytes_ > limit - bytes) return Outcome::kNever;
    if (!budget_->take(bytes)) return Outcome::kBusy;
    bytes_ += bytes;
    return Outcome::kGranted;
}

void BudgetShare::shrink(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return;
    SKALD_ASSERT(bytes <= bytes_);
    bytes_ -= bytes;
    budget_->give(bytes);
}

}  // namespace skald::api
