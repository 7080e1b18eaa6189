// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "label_cache.h"
#include "refusals.h"
#include "tenant_rules.h"

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/base/result.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace skald::write {

/// What is left of a push after validation.
/// Threading: single-owner.
struct ValidatedPush {
    cluster::StreamBatch batch;
    std::vector<std::uint32_t> tokens;  ///< Ring token of each stream of the batch.
    std::uint64_t bytes = 0;            ///< Of the batch: lines and structured metadata.
    PushTotals totals;
    std::optional<Error> refused;  ///< What the client hears although the batch is stored.
};

/// Checks and completes a push by the rules of a tenant (http-api 5.1, steps 2 to 10). Lines stay
/// where they are; lists are rewritten in place.
/// Errors: kInvalidArgument (a label text that can't be read), kTooLarge (a label text over 16
/// MiB), kInternal (a metadata name without a letter): then nothing is to be stored.
Result<ValidatedPush> validate_push(PushBatch push, const TenantRules& rules, LabelCache& cache,
                                    TimeNs now);

}  // namespace skald::write
