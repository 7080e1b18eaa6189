// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/ingester_client.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {

/// Log templates of the lines that came in, by stream and level, with counts in slots of ten
/// seconds. Sampled: each of the first `lines_per_second` lines of a second is looked at, of more
/// than that every n-th, which then counts n times.
///
/// Write path: ingester -> [PatternStore] (after a push was accepted, off its path).
/// Invariant: a returned pattern, used as `|>`, matches the lines that it counted.
/// Threading: thread-safe. Lines are worked on by a thread of its own.
class PatternStore {
public:
    struct Options {
        std::string directory;  ///< Of the file that keeps templates over a restart.
        DurationNs retain_for = kNanosPerDay;
        std::uint64_t memory_bytes_max = 32 * kMiB;  ///< Past it nothing new is learned.
        std::uint64_t queue_bytes_max = 4 * kMiB;    ///< Past it lines are not looked at.
        std::uint32_t lines_per_second = 5000;
        DurationNs save_every = kNanosPerMinute;
    };
    struct Request {
        TenantId tenant;
        std::vector<Matcher> matchers;
        TimeNs start = 0;  ///< Inclusive, as `end`.
        TimeNs end = 0;
        DurationNs step = 0;  ///< At least a slot's width is taken.
    };
    struct Pattern {
        std::string pattern;
        std::string level;
        /// Second and lines, ascending; the second is a multiple of the step.
        std::vector<std::pair<std::int64_t, std::uint64_t>> samples;
    };

    /// Loads what was saved. A damaged file is reported in the log and left out.
    /// What is passed by reference must outlive it. Errors: kIo.
    static Result<std::unique_ptr<PatternStore>> create(Options options, storage::FileSystem& files,
                                                        const LimitsSource& limits, Clock& clock,
                                                        MetricsRegistry& metrics);
    virtual ~PatternStore() = default;

    /// An ingester that passes on to `next` and looks at what it accepted. Both must outlive it.
    virtual std::unique_ptr<cluster::IngesterClient> tap(cluster::IngesterClient& next) = 0;

    /// The most frequent patterns, by lines descending, kPatternsMax of them. Cost: up to some
    /// milliseconds for thousands of streams; a worker thread.
    virtual std::vector<Pattern> query(const Request& request) const = 0;
    static constexpr std::size_t kPatternsMax = 300;

    /// Called about once a second by the owner's timer: forgets what is old, saves.
    virtual void tick() = 0;
    /// Returns when the lines that were taken so far are counted; for tests.
    virtual void settle() = 0;
    /// Counts what was taken, saves, ends the thread. Blocking.
    virtual void stop() = 0;
};

}  // namespace skald::write
