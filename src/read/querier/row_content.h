// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "log_collector.h"
#include "pipeline.h"
#include "row_labels.h"

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <memory>

namespace skald::read {

/// Reads the line and the labels of one row of a pipeline without row stages. `labels` is scratch.
/// Errors: those of reading columns.
Result<std::unique_ptr<RowContent>> read_row_content(const Pipeline& pipeline,
                                                     const Labels& stream_labels,
                                                     BlockColumns& columns, std::uint32_t row,
                                                     RowLabels& labels);

/// What is shown of a row as the stages have left it.
std::unique_ptr<RowContent> row_content(const RowLabels& row, const Labels& stream_labels);

}  // namespace skald::read
