// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_reader.h"
#include "stored_block.h"
#include "table_streams.h"
#include "written_times.h"

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/stream_filter.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace skald::storage {

/// A region's table as queries use it: 60 bytes a stream with one run, labels shared with other
/// regions.
///
/// Read path: catalog (which regions) -> [Region] -> Run, StoredBlock.
/// Threading: immutable.
class Region : public std::enable_shared_from_this<Region> {
public:
    /// From the cache, or read. Errors: kCorruption naming the object, those of reading.
    static Result<std::shared_ptr<const Region>> open(
        const std::shared_ptr<const SegmentReader>& segment, const RegionSummary& summary);
    /// True if `open` would not read.
    static bool is_cached(const SegmentReader& segment, const RegionSummary& summary);
    /// Puts a table that was just written into the cache, and of a large one the filters and those
    /// times of its blocks that are at hand: the first query over it would spend most of its time
    /// with reading them.
    static void keep(std::shared_ptr<const SegmentReader> segment, const RegionSummary& summary,
                     RegionTable table, const WrittenTimes& times);

    /// Appends the runs that overlap [start, end] of the streams that the filter accepts.
    /// Errors: those of `memory`.
    Result<void> select(StreamFilter& filter, const Selection& selection, std::uint64_t generation,
                        SelectionMemory& memory, std::vector<Run>& out) const;
    /// Appends the streams that the filter accepts with a run that overlaps the selection's range.
    /// Errors: those of `memory`.
    Result<void> streams(StreamFilter& filter, const Selection& selection, SelectionMemory& memory,
                         std::vector<StreamPtr>& out) const;

    /// Bytes of the table, without those of its streams that the pool counts.
    std::size_t memory_bytes() const { return table_bytes() + stream_bytes_; }
    /// Bytes of the table without its streams.
    std::size_t table_bytes() const;

    Region() = default;
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

private:
    static Result<std::shared_ptr<const Region>> make(std::shared_ptr<const SegmentReader> segment,
                                                      RegionTable table,
                                                      const TableStreams& streams);
    /// A RunEntry in less room: its stream is known by its place.
    struct RegionRun {
        std::uint32_t block = 0;
        std::uint32_t row_begin = 0;
        std::uint32_t row_end = 0;
        std::uint32_t line_bytes = 0;
        TimeNs min_time = 0;
        TimeNs max_time = 0;
        std::uint64_t position = 0;
    };

    void keep_columns(const WrittenTimes& times) const;
    void take_runs(const std::vector<RunEntry>& runs);
    /// Calls `visit(stream, first, last)` with the runs that overlap, for accepted streams that
    /// have any.
    template <class Visit>
    void visit_streams(StreamFilter& filter, TimeNs start, TimeNs end, Visit visit) const;

    // Shared: all regions of a segment report damage through it.
    std::shared_ptr<const SegmentReader> segment_;
    std::vector<StreamPtr> streams_;
    std::size_t stream_bytes_ = 0;          ///< Of streams that the pool doesn't count.
    std::vector<std::uint32_t> first_run_;  ///< Of each stream; one more at the end.
    std::vector<RegionRun> runs_;           ///< By (stream, min_time).
    std::vector<FilterGroup> filters_;
    std::vector<StoredBlock> blocks_;
};

}  // namespace skald::storage
