// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/compactor/compactor.h>
#include <skald/storage/deletes/delete_log.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// Carries out delete requests: has each segment rewritten that holds their rows, and says which
/// are processed, or what they wait for.
///
/// A request is processed when every segment carries it that holds, or may hold, rows that were
/// there before it; rows that come later stay.
/// Threading: single-owner.
class DeletePass {
public:
    /// What the compactor does for it.
    struct Host {
        std::function<Result<RegionTable>(const StoredSegment&, const RegionSummary&)> read_table;
        /// Writes the segment anew without the rows of the requests of `due`.
        std::function<Result<void>(const StoredSegment&)> rewrite;
        std::function<bool(const SegmentId&)> is_damaged;
        /// Whole, while the pass was at other segments.
        std::function<bool(const SegmentId&)> is_dropped;
    };

    /// `parts` must outlive it.
    DeletePass(const Compactor::Parts& parts, DurationNs settled_after, Host host)
        : parts_(parts), settled_after_(settled_after), host_(std::move(host)) {}

    /// Requests that every rewrite carries out.
    std::vector<DueDelete> due() const;
    /// How a segment's footer names a request.
    static std::string name_of(const DueDelete& request);

    /// Rewrites what is to be rewritten. Errors: of the first step that failed; the others were
    /// tried.
    Result<void> run();

private:
    /// A request during a run.
    struct Task {
        explicit Task(DueDelete due) : request(std::move(due)) {}

        DueDelete request;
        std::string name;
        bool is_in_memory = false;   ///< Rows from before it may still be there.
        std::uint64_t segments = 0;  ///< That may hold its rows.
        std::uint64_t left = 0;      ///< Of them: not rewritten.
        std::string obstacle;        ///< Why one of those is not.
    };

    std::vector<Task> tasks();
    bool is_in_memory(const DueDelete& request);
    Result<bool> holds_rows(const StoredSegment& segment, const Task& task);
    Result<void> treat(const StoredSegment& segment, std::vector<Task>& tasks);
    Result<void> finish(const Task& task);

    const Compactor::Parts& parts_;
    const DurationNs settled_after_;
    const Host host_;
    /// For each request, by name: what was in memory when it was first seen to be due.
    std::map<std::string, std::set<GenerationId>> in_memory_;
    /// Segments without a row of the request, for each request.
    std::map<std::string, std::set<SegmentId>> clean_;
};

}  // namespace skald::storage
