// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/relabel.h>

namespace skald {

/// What Prometheus asks of a rule, but for its regex. Errors: kInvalidArgument.
Result<void> check_relabel_rule(const RelabelRule& rule);

}  // namespace skald
