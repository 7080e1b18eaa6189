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

/// Reads the line and the labels of one row. `labels` is scratch. Errors: those of reading columns.
Result<std::unique_ptr<RowContent>> read_row_content(const Pipeline& pipeline,
                                                     const Labels& stream_labels,
                                                     BlockColumns& columns, std::uint32_t row,
                                                     RowLabels& labels);

}  // namespace skald::read
