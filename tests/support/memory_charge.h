// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/memory_budget.h>
#include <skald/read/ruler/rule_group.h>

namespace skald::support {

/// Grants everything.
inline read::MemoryCharge uncharged() {
    return [](std::uint64_t) -> Result<void> { return {}; };
}

/// Grants what `budget` has, and says "charged out" when that is not enough.
inline read::MemoryCharge charged_to(MemoryBudget& budget) {
    return [&budget](std::uint64_t bytes) -> Result<void> {
        if (budget.take(bytes)) return {};
        return Error{ErrorCode::kUnavailable, "charged out"};
    };
}

}  // namespace skald::support
