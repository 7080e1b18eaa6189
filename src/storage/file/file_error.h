// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string_view>

namespace skald::storage {

/// `cannot OPERATION PATH: REASON` for an errno: kUnavailable if the disk or the quota is full (it
/// passes when space is back), kIo otherwise.
Error file_error(int number, std::string_view operation, std::string_view path);

/// As `file_error`, but kNotFound for a path that is not there.
Error file_error_or_not_found(int number, std::string_view operation, std::string_view path);

}  // namespace skald::storage
