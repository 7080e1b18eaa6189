// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router.h"

#include <skald/foundation/base/result.h>
#include <skald/read/querier/query.h>

#include <string>

namespace skald::api {

/// The limits that the JSON of an `X-Loki-Query-Limits` header names. Names that are not known are
/// left out, as Loki does. Errors: kInvalidArgument that says what is wrong.
Result<read::AskedLimits> parse_asked_limits(std::string header);

/// The handler with what the request's `X-Loki-Query-Limits` header asks for; 400 if that is wrong.
Router::Handler ask_limits(Router::Handler handler);

}  // namespace skald::api
