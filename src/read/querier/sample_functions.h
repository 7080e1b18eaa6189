// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sorted_samples.h"

#include <skald/foundation/model/time.h>

#include <vector>

namespace skald::read {

/// The φ-quantile, linear between ranks (logql 4.1); NaN counts as the least value. -Inf and +Inf
/// outside [0, 1]. Requires: at least one sample. Reorders `values`.
double quantile(double phi, std::vector<double>& values);

/// The increase of a counter that may start over, a second: between the first and the last sample,
/// extrapolated towards the edges of the window (start, end] as Prometheus' rate() does. 0 with
/// fewer than two samples.
double counter_rate(const SortedSamples::Slice& samples, TimeNs start, TimeNs end);

}  // namespace skald::read
