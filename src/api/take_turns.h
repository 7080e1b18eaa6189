// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router.h"

#include <skald/foundation/model/limits.h>
#include <skald/read/frontend/fair_queue.h>

namespace skald::api {

/// The handler behind `queue`, for requests that read no line: each waits until its tenant may run
/// one more, as queries do. Null: the handler as it is. What is passed must outlive it.
Router::Handler take_turns(Router::Handler handler, read::FairQueue* queue,
                           const LimitsSource& limits);

}  // namespace skald::api
