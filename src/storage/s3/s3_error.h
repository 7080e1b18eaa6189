// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/http/http_client.h>

#include <string>
#include <string_view>

namespace skald::storage {

/// True if the same request may succeed later: overload, trouble of the service, a broken answer.
bool is_passing_trouble(long status, std::string_view code);

/// What a service's refusal means, in words that say what to check.
/// `place` is "bucket/key". Threading: pure.
Error s3_error(std::string_view operation, std::string_view place, const HttpAnswer& answer);

}  // namespace skald::storage
