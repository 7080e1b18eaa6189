// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "step_matrix.h"

#include <skald/read/logql/ast.h>

namespace skald::read {

/// sum, avg, min, max, count, stddev, stdvar, topk, bottomk (and approx_topk, exactly), step by
/// step; sort and sort_desc return the series as they are. The answer is in label order.
StepMatrix aggregate(const VectorAggregation& aggregation, const StepMatrix& input);

/// The labels of the group that a series belongs to; no grouping is one group without labels.
Labels group_labels(const std::optional<Grouping>& grouping, const Labels& labels);

}  // namespace skald::read
