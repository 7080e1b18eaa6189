// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <memory>

namespace skald::storage {

/// Memory and segments without the rows that are past their retention: those are hidden at once,
/// and removed by the compactor later.
///
/// Read path: querier -> [RetentionView] -> ingester, store.
/// Threading: thread-safe.
class RetentionView {
public:
    /// What is passed by reference must outlive it.
    RetentionView(const MemtableSource& memtables, const Store& store, const LimitsSource& limits,
                  const Clock& clock);
    ~RetentionView();
    RetentionView(const RetentionView&) = delete;
    RetentionView& operator=(const RetentionView&) = delete;

    const MemtableSource& memtables() const;
    const Store& store() const;

private:
    class Retention;
    class Pin;
    class Memtables;
    class Segments;

    std::unique_ptr<Retention> retention_;
    std::unique_ptr<Memtables> memtables_;
    std::unique_ptr<Segments> store_;
};

}  // namespace skald::storage
