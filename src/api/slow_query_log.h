// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router.h"

#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>

namespace skald::api {

/// The handler with a log line for each request that takes `longer_than` (negative: for all), with
/// the request's parameters; 0: the handler as it is. `clock` must outlive it.
Router::Handler log_slow_queries(Router::Handler handler, DurationNs longer_than, Clock& clock);

}  // namespace skald::api
