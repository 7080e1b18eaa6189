// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "allowance.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/index_querier.h>

#include <string_view>
#include <vector>

namespace skald::read {

/// The labels of the streams that are worth drilling down on, by name (http-api section 11).
/// Errors: the refusal of the allowance.
Result<std::vector<DetectedLabel>> detect_labels(const std::vector<StreamPtr>& streams,
                                                 Allowance& allowance);

/// True for 8-4-4-4-12 hexadecimal digits, with or without the dashes.
bool is_uuid(std::string_view text) noexcept;

}  // namespace skald::read
