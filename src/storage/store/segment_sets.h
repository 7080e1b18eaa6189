// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/catalog/catalog.h>

#include <set>
#include <vector>

namespace skald::storage {

/// What the sets of rewritten segments say about the objects that are there.
struct SetVerdict {
    std::set<SegmentId> hidden;     ///< Replaced by a set that is whole.
    std::set<SegmentId> leftovers;  ///< Members of sets that are not whole, or lost to another.
};

/// Decides by "Removing and replacing segments" of docs/formats/commit.md. `readable` are all
/// segments whose footers could be read, `listed` all objects. Threading: pure.
SetVerdict judge_sets(const std::vector<CatalogSegment>& readable,
                      const std::set<SegmentId>& listed);

}  // namespace skald::storage
