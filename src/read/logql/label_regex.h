// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/matcher.h>

namespace skald::read {

/// The matcher as label filters read it (logql 3.7): a regex of plain texts with `.*` in front or
/// behind, alone or as alternatives, looks for such a text anywhere in the value. Dashboards have
/// come to rely on it. Others are anchored, as in selectors.
Matcher as_label_filter(const Matcher& matcher);

}  // namespace skald::read
