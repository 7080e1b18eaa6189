// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/querier.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The streams in memory and in segments that satisfy one of the selectors, in any order; some may
/// be there more than once. May block on the disk.
Result<std::vector<StreamPtr>> matching_streams(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const Querier::MetadataRequest& request);

/// Leaves each stream once, by labels.
void sort_unique(std::vector<StreamPtr>& streams);

/// Sorted, unique.
std::vector<std::string> names_of(const std::vector<StreamPtr>& streams);
/// Sorted, unique.
std::vector<std::string> values_of(const std::vector<StreamPtr>& streams, std::string_view name);

}  // namespace skald::read
