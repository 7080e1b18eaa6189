// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/store/delete_filter.h>

#include <memory>
#include <string_view>

namespace skald::read {

/// The rows that a log query would show, for delete requests: a line is to be deleted if its stream
/// matches and the query's stages let it pass.
/// Errors: kInvalidArgument: the text of a parse error; `only log queries delete lines` for metric
/// queries.
Result<std::shared_ptr<const storage::RowSelector>> delete_selector(std::string_view query);

}  // namespace skald::read
