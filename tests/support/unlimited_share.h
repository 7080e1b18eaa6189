// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../../src/api/budget_share.h"

namespace skald::support {

/// A share that is granted everything.
inline api::BudgetShare& unlimited_share() {
    static thread_local api::BudgetShare share;
    return share;
}

}  // namespace skald::support
