// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parser_stage.h"

namespace skald::read {

/// `| json a="x.y[0]", b`: the listed labels, each the value at its path, "" if it is not there.
Result<RowStagePtr> compile_json_extractions(const JsonStage& stage, const WantedLabels& wanted);

}  // namespace skald::read
