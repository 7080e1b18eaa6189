// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/read/logql/ast.h>

#include <optional>

namespace skald::read {

/// The rows that an evaluation at time t looks at have times in [t - oldest, t - newest].
struct DataTimes {
    DurationNs oldest = 0;
    DurationNs newest = 0;

    TimeNs first(TimeNs time) const noexcept;
    TimeNs last(TimeNs time) const noexcept;
};

/// Of all ranges of the expression; nothing if it has none or is a log query.
std::optional<DataTimes> data_times(const Expr& expr);

}  // namespace skald::read
