// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::storage {

/// The query of a delete request, as far as storage has to know it: which streams, and which of
/// their rows. The language is above storage, so whoever wires the parts brings the implementation.
/// Threading: immutable, thread-safe.
class RowSelector {
public:
    virtual ~RowSelector() = default;

    virtual bool takes_stream(const Labels& labels) const = 0;
    /// The query is a bare stream selector: `select` takes every row.
    virtual bool takes_all_rows() const = 0;
    /// Appends the rows of [begin, end) of the run's block that the query selects, ascending.
    /// Requires: a stream that it takes; rows of the run. Errors: those of reading columns.
    virtual Result<void> select(const Run& run, std::uint32_t begin, std::uint32_t end,
                                std::vector<std::uint32_t>& rows) const = 0;
};

/// A delete request that is not processed yet: its rows are not to be seen.
struct PendingDelete {
    std::string id;    ///< Unique for the tenant.
    TimeNs start = 0;  ///< Both inclusive.
    TimeNs end = 0;
    std::shared_ptr<const RowSelector> rows;

    bool overlaps(TimeNs min_time, TimeNs max_time) const {
        return start <= max_time && end >= min_time;
    }
};
using PendingDeletes = std::vector<PendingDelete>;

/// The delete requests whose rows are hidden. Threading: thread-safe.
class DeleteSource {
public:
    virtual ~DeleteSource() = default;
    /// Of the tenant at this moment; never null.
    virtual std::shared_ptr<const PendingDeletes> pending(const TenantId& tenant) const = 0;
};

}  // namespace skald::storage
