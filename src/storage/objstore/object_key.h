// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string_view>

namespace skald::storage {

/// Errors: kInvalidArgument unless `key` is parts joined by '/', none of them empty, longer than a
/// file name may be, starting with '.' or holding a control character.
Result<void> check_object_key(std::string_view key);

/// As `check_object_key` for what is in front of the last '/' of a prefix; what is behind may be
/// any beginning of a part.
Result<void> check_object_prefix(std::string_view prefix);

}  // namespace skald::storage
