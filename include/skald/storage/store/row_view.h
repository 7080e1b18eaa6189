// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/store/delete_filter.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <functional>
#include <memory>
#include <vector>

namespace skald::storage {

/// What queries may see of rows that are found while it is held.
/// Threading: thread-safe.
class Sight {
public:
    virtual ~Sight() = default;

    /// The selection without what it could not see anyway; one that ends before it starts is empty.
    virtual Selection narrowed(Selection selection) const { return selection; }
    /// Takes the rows out of `runs` that it does not see. A run loses rows in place, so that what
    /// is counted by headers stays exact. Errors: those of reading columns; those of the
    /// selection's memory.
    virtual Result<void> hide(const Selection& selection, std::vector<Run>& runs) const = 0;
    /// Takes the streams out of which it sees no row.
    virtual Result<void> hide(const Selection& selection,
                              std::vector<StreamPtr>& streams) const = 0;
};

/// Memory and segments without the rows that queries are not to see.
///
/// Read path: querier -> [RowView] -> ingester, store.
/// Threading: thread-safe.
class RowView {
public:
    /// Of a tenant, now. A sight is always taken before the rows: a request for their removal that
    /// is processed in between has no rows any more in what is found later, while rows that were
    /// found first would be shown.
    using SightOf = std::function<std::shared_ptr<const Sight>(const TenantId& tenant)>;

    /// What is passed by reference must outlive it.
    RowView(const MemtableSource& memtables, const Store& store, SightOf sight_of);
    ~RowView();
    RowView(const RowView&) = delete;
    RowView& operator=(const RowView&) = delete;

    const MemtableSource& memtables() const;
    const Store& store() const;

private:
    class Pin;
    class Memtables;
    class Segments;

    SightOf sight_of_;
    std::unique_ptr<Memtables> memtables_;
    std::unique_ptr<Segments> store_;
};

/// Hides rows that are past their retention: at once, and the compactor removes them later. What
/// ends before `max_query_lookback` is not looked for at all.
/// What is passed by reference must outlive the view that asks it.
RowView::SightOf hide_expired(const LimitsSource& limits, const Clock& clock);

/// Hides rows that pending delete requests take: from the moment of the request on, and the
/// compactor removes them later. Streams are listed as long as they are stored.
/// Cost: nothing without requests; a request with line filters searches each block of its streams
/// and its time (what it found is remembered, up to a bound).
/// What is passed by reference must outlive the view that asks it.
RowView::SightOf hide_deleted(const DeleteSource& deletes);

}  // namespace skald::storage
