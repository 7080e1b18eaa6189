// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compaction_log.h"
#include "delete_pass.h"
#include "merge_plan.h"
#include "region_merge.h"

#include <skald/storage/compactor/compactor.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace skald::storage {

/// The compactor of one process. Threading: thread-safe; `run_once` one at a time.
class LocalCompactor final : public Compactor {
public:
    LocalCompactor(Options options, Parts parts);
    ~LocalCompactor() override;

    /// Notes which segments are there before anything is published in this process.
    Result<void> note_segments();

    void start() override;
    void stop() override;
    Result<void> run_once() override;
    std::string status_json() const override { return log_.json(); }

private:
    using RegionKey = std::pair<TenantId, std::int32_t>;
    using Segments = std::vector<StoredSegment>;

    void run();
    /// What can't wait for the next run: a full disk, objects that may go.
    void tend(Clock::TimePoint now);
    Result<void> apply_retention();
    Result<void> rewrite_alone(const StoredSegment& segment);
    Result<void> rewrite_partly_expired(const Segments& segments, TimeNs now);
    Result<bool> is_worth_a_rewrite(const StoredSegment& segment, TimeNs now);
    Result<void> limit_size();
    Result<std::uint64_t> bytes_over(const Segments& segments);
    Result<void> drop(const StoredSegment& segment, std::string_view reason);
    Result<void> merge_all_due();
    Result<void> merge(const MergeJob& job);
    std::vector<std::vector<RegionKey>> members_of(const MergeJob& job) const;
    Result<void> merge_region(const MergeJob& job, const RegionKey& key, TimeNs now,
                              const std::vector<DueDelete>& deletes, SegmentWriter& writer,
                              MergeTotals& totals);
    Result<RegionTable> read_table(const StoredSegment& segment, const RegionSummary& region) const;
    Result<bool> has_room_for(std::uint64_t bytes);
    /// Waits while others need the machine. Errors: kUnavailable when it is stopped.
    Result<void> proceed();
    Result<void> sweep(std::chrono::nanoseconds delay);
    void tell_what_comes(const Segments& segments);
    void note_damage(const MergeJob& job, const Error& error);

    const Options options_;
    const Parts parts_;
    const MergeRules rules_;
    const MergeShape shape_;
    CompactionLog log_;
    DeletePass deletes_;
    std::map<SegmentId, Clock::TimePoint> seen_;  ///< When a segment was first seen.
    std::map<SegmentId, TimeNs> looked_at_;       ///< When its share of expired rows was.
    std::set<SegmentId> damaged_;                 ///< Not merged any more.
    Clock::TimePoint next_run_;
    Clock::TimePoint next_size_check_;
    bool told_of_space_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace skald::storage
