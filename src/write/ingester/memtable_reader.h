// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable.h"

#include <skald/storage/store/run_source.h>

#include <memory>
#include <set>
#include <vector>

namespace skald::write {

/// What a query sees of the memtables that lived when it began.
///
/// A pin is the list of those memtables, nothing is copied; `select` takes the snapshots of the
/// streams that it finds. Why each row is seen once all the same:
///  - A memtable only gains rows while it lives, so `select` finds every row that was acknowledged
///    before the pin, and perhaps some that came later.
///  - The store leaves out the segments of the generations in `generations()`, all of which are
///    here whole, so a row that is published while the query runs is not seen twice.
///  - A generation that is not in the list had left it, so its segment was in the catalog before
///    the pin, and the catalog is read after it; or it began after the pin, and then all of its
///    rows came later: the query sees them from the segment, if at all.
/// Threading: immutable; `select` and `streams` are thread-safe.
class MemtableReader final : public storage::MemtablePin {
public:
    MemtableReader(TenantId tenant, std::vector<std::shared_ptr<Memtable>> memtables);

    const std::set<storage::GenerationId>& generations() const override { return generations_; }
    Result<std::vector<storage::Run>> select(const storage::Selection& selection) const override;
    Result<std::vector<StreamPtr>> streams(const storage::Selection& selection) const override;

private:
    const TenantId tenant_;
    const std::vector<std::shared_ptr<Memtable>> memtables_;
    std::set<storage::GenerationId> generations_;
};

}  // namespace skald::write
