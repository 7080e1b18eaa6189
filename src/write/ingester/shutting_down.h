// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

namespace skald::write {

/// What the ingester answers from the moment it is told to stop, in Loki's words (kUnavailable).
inline Error shutting_down() {
    return {ErrorCode::kUnavailable, "Ingester is shutting down"};
}

}  // namespace skald::write
