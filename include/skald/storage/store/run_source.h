// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace skald::storage {

/// What a query wants to see: rows of the tenant's streams that satisfy all matchers (none: all
/// streams), with times in [start, end], both inclusive.
struct Selection {
    TenantId tenant;
    std::vector<Matcher> matchers;
    TimeNs start = 0;
    TimeNs end = 0;
    /// Asked for the memory that what is found takes, before it is taken; false ends the selection,
    /// because there is not so much or because nobody wants it any more. It is not given back here.
    /// Nothing: any amount.
    std::function<bool(std::uint64_t bytes)> take_memory = {};
};

/// What a stream of a list takes there: lists grow by doubling.
inline constexpr std::uint64_t kListedStreamBytes = 2 * sizeof(StreamPtr);

/// Takes memory for a selection in steps, so that there is not a question for each run.
/// Threading: single-owner.
class SelectionMemory {
public:
    /// `selection` must outlive it.
    explicit SelectionMemory(const Selection& selection) : selection_(selection) {}

    /// Errors: kUnavailable, once there is not so much.
    Result<void> take(std::uint64_t bytes);

private:
    static constexpr std::uint64_t kStep = 256 * kKiB;

    const Selection& selection_;
    std::uint64_t left_ = 0;  ///< Of the last step.
};

/// The open and sealed rows that were visible in memory at one moment. Holding it keeps them alive.
/// Threading: immutable.
class MemtablePin {
public:
    virtual ~MemtablePin() = default;

    /// Generations pinned here; the store must leave out their segments.
    virtual const std::set<GenerationId>& generations() const = 0;
    /// Runs that overlap the selection's range, in any order.
    virtual Result<std::vector<Run>> select(const Selection& selection) const = 0;
    /// Streams with a row in the selection's range (to the granularity of a run).
    virtual Result<std::vector<StreamPtr>> streams(const Selection& selection) const = 0;
};

/// Streams that are in memory anyway, because rows of them come: tables in memory name these
/// objects instead of their own. Threading: thread-safe.
class StreamSource {
public:
    virtual ~StreamSource() = default;
    /// Null if it has no such stream.
    virtual StreamPtr find(const TenantId& tenant, const StreamId& stream) const = 0;
};

/// Rows that are not in segments yet. Read path: querier -> [MemtableSource], then the store.
/// Threading: thread-safe.
class MemtableSource {
public:
    virtual ~MemtableSource() = default;
    virtual std::shared_ptr<const MemtablePin> pin(const TenantId& tenant) const = 0;
};

}  // namespace skald::storage
