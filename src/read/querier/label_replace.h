// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "step_matrix.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

namespace skald::read {

/// Sets the destination label of each series whose source label matches; an empty replacement
/// removes it. Series that become equal are not merged. Errors: kInvalidArgument (the expression).
Result<void> replace_labels(const LabelReplace& replace, StepMatrix& matrix);

}  // namespace skald::read
