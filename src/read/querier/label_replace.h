// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "step_matrix.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

namespace skald::read {

/// Sets the destination label of each series whose source label matches; an empty replacement
/// removes it. Series that become equal are not merged. What the new values take is taken from
/// `memory`. Errors: kInvalidArgument (the expression), the refusal of the memory.
Result<void> replace_labels(const LabelReplace& replace, StepMatrix& matrix, QueryMemory& memory);

}  // namespace skald::read
