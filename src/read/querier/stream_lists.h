// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "allowance.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/querier.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

// What they gather is taken from the allowance, which keeps it; they end with its refusal.

/// The streams in memory and in segments that satisfy one of the selectors, in any order; some may
/// be there more than once. May block on the disk.
Result<std::vector<StreamPtr>> matching_streams(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const Querier::MetadataRequest& request,
                                                Allowance& allowance);

/// Leaves each stream once, by labels.
Result<void> sort_unique(std::vector<StreamPtr>& streams, Allowance& allowance);

/// Sorted, unique.
Result<std::vector<std::string>> names_of(const std::vector<StreamPtr>& streams,
                                          Allowance& allowance);
/// Sorted, unique.
Result<std::vector<std::string>> values_of(const std::vector<StreamPtr>& streams,
                                           std::string_view name, Allowance& allowance);

}  // namespace skald::read
