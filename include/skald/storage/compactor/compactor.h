// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/deletes/delete_log.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace skald::storage {

/// Merges small segments into large ones, and removes what nobody is to see any more: lines past
/// their retention, those of delete requests, and the oldest segments when the disk is nearly full.
///
/// Background: [Compactor] -> SegmentRewriter. Killed at any moment it leaves each line there once
/// (docs/formats/commit.md).
/// Threading: thread-safe; it works on a thread of its own and compresses on the pool's background
/// lane.
class Compactor {
public:
    struct Options {
        DurationNs interval = 10 * kNanosPerMinute;  ///< Between looks at what is to be done.
        std::uint32_t merge_segments = 4;            ///< So many small segments are merged,
        DurationNs merge_after = kNanosPerHour;      ///< or fewer that have waited this long.
        std::uint64_t segment_bytes_max = 2 * kGiB;  ///< Lines of a merged segment.
        std::uint64_t own_segment_bytes = 4 * kMiB;  ///< A tenant's day with less shares one.
        std::uint64_t block_bytes = kMiB;            ///< Raw bytes of a block.
        EncodeOptions encode;
        DurationNs removal_delay = kNanosPerMinute;  ///< Between hiding and removing an object.
        std::uint64_t max_size = 0;   ///< Stored bytes beyond which the oldest go; 0: any.
        double min_free_percent = 0;  ///< Free disk below which the oldest go; 0: off.
        std::string directory;        ///< On the disk that is looked at.
        /// Without `Parts::in_memory`: so long after a delete request every line that was there
        /// before it is in a segment.
        DurationNs memory_settled_after = kNanosPerHour;
    };
    struct Parts {
        SegmentRewriter& store;
        const LimitsSource& limits;
        FileSystem& files;
        Clock& clock;
        WorkerPool& workers;
        MetricsRegistry& metrics;
        /// True while others need the machine more: merging then goes slowly. May be null.
        std::function<bool()> is_busy = {};
        /// Requests to carry out; null: none.
        DeleteLog* deletes = nullptr;
        /// Generations of the tenant that are not segments yet. Null: they are in other processes.
        std::function<std::set<GenerationId>(const TenantId&)> in_memory = {};
        /// Called when rows have gone that were within their retention (size, free space). May be
        /// null.
        std::function<void()> rows_gone = {};
    };

    /// What is passed by reference must outlive it. Nothing happens before `start` or `run_once`.
    static Result<std::unique_ptr<Compactor>> create(Options options, Parts parts);
    virtual ~Compactor() = default;

    virtual void start() = 0;
    /// Gives up what is being merged and joins the thread. Nothing is lost by that.
    virtual void stop() = 0;
    /// Does all that is due now. Errors: of the first step that failed; the others were tried.
    virtual Result<void> run_once() = 0;
    /// What was done and what comes next, as JSON.
    virtual std::string status_json() const = 0;
};

}  // namespace skald::storage
