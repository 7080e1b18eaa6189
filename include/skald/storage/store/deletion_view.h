// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/store/delete_filter.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <memory>

namespace skald::storage {

/// Memory and segments without the rows that pending delete requests take: those are hidden from
/// the moment of the request on, and removed by the compactor later.
///
/// A run loses rows in place, so that what is counted by headers stays exact. Streams are listed as
/// long as they are stored.
/// Read path: querier -> [DeletionView] -> ingester, store.
/// Cost: nothing without requests; a request with line filters searches each block of its streams
/// and its time (what it found is remembered, up to a bound).
/// Threading: thread-safe.
class DeletionView {
public:
    /// What is passed by reference must outlive it.
    DeletionView(const MemtableSource& memtables, const Store& store, const DeleteSource& deletes);
    ~DeletionView();
    DeletionView(const DeletionView&) = delete;
    DeletionView& operator=(const DeletionView&) = delete;

    const MemtableSource& memtables() const;
    const Store& store() const;

private:
    class Pin;
    class Memtables;
    class Segments;

    std::unique_ptr<class RunMask> mask_;
    std::unique_ptr<Memtables> memtables_;
    std::unique_ptr<Segments> store_;
};

}  // namespace skald::storage
