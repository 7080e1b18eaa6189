// SPDX-License-Identifier: Apache-2.0
#include "region.h"

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

/// Blocks of a region: with fewer, reading its filters and times costs a query little, and a
/// segment may have thousands of such regions.
constexpr std::size_t kKeepColumnsFrom = 16;

CacheKey key_of(const SegmentReader& segment, const RegionSummary& summary) {
    return {segment.number(), summary.table_offset, kTablePart};
}

Error inconsistent(std::string_view what) {
    return {ErrorCode::kCorruption, "table: " + std::string(what)};
}

/// The table's indexes are about to be followed without looking.
Result<void> check_table(const RegionTable& table) {
    std::uint32_t stream = 0;
    for (const RunEntry& run : table.runs) {
        if (run.stream >= table.streams.size() || run.block >= table.blocks.size())
            return inconsistent("run of an unknown stream or block");
        if (run.stream < stream) return inconsistent("runs are out of order");
        stream = run.stream;
        const BlockSummary& block = table.blocks[run.block].header.summary;
        if (run.row_begin >= run.row_end || run.row_end > block.rows)
            return inconsistent("rows outside of the block");
        if (run.line_bytes > kBlockBytesMax) return inconsistent("more lines than a block has");
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const Region>> Region::make(std::shared_ptr<const SegmentReader> segment,
                                                   RegionTable table, const TableStreams& streams) {
    SKALD_CHECK(check_table(table));
    auto region = std::make_shared<Region>();
    region->stream_bytes_ = streams.bytes();
    region->streams_ = std::move(table.streams);
    region->filters_ = std::move(table.filters);
    region->blocks_.reserve(table.blocks.size());
    for (const BlockEntry& block : table.blocks) {
        const std::size_t group = region->blocks_.size() / kFilterGroupBlocks;
        const std::size_t place = region->blocks_.size() % kFilterGroupBlocks;
        const bool has_filters = group < region->filters_.size();
        region->blocks_.emplace_back(block, *segment,
                                     has_filters ? &region->filters_[group] : nullptr,
                                     static_cast<std::uint32_t>(place));
    }
    region->take_runs(table.runs);
    region->segment_ = std::move(segment);
    return std::shared_ptr<const Region>(std::move(region));
}

void Region::take_runs(const std::vector<RunEntry>& runs) {
    runs_.reserve(runs.size());
    first_run_.reserve(streams_.size() + 1);
    for (const RunEntry& run : runs) {
        while (first_run_.size() <= run.stream)
            first_run_.push_back(static_cast<std::uint32_t>(runs_.size()));
        runs_.push_back({.block = run.block,
                         .row_begin = run.row_begin,
                         .row_end = run.row_end,
                         .line_bytes = static_cast<std::uint32_t>(run.line_bytes),
                         .min_time = run.min_time,
                         .max_time = run.max_time,
                         .position = run.position});
    }
    first_run_.resize(streams_.size() + 1, static_cast<std::uint32_t>(runs_.size()));
}

bool Region::is_cached(const SegmentReader& segment, const RegionSummary& summary) {
    return segment.context().columns.contains(key_of(segment, summary));
}

Result<std::shared_ptr<const Region>> Region::open(
    const std::shared_ptr<const SegmentReader>& segment, const RegionSummary& summary) {
    const SegmentReader& reader = *segment;
    ColumnCache& cache = reader.context().columns;
    const CacheKey key = key_of(reader, summary);
    if (ColumnCache::Value value = cache.find(key))
        return std::static_pointer_cast<const Region>(std::move(value));
    const auto read = [&](std::uint64_t offset, std::size_t length) {
        return reader.read(offset, length);
    };
    TableStreams streams(reader.context(), summary.tenant);
    const auto shared = [&streams](Labels labels) { return streams.of(Stream(std::move(labels))); };
    Result<RegionTable> table = read_region(read, summary, shared);
    if (!table) return reader.region_error(summary, table.error());
    Result<std::shared_ptr<const Region>> region = make(segment, *std::move(table), streams);
    if (!region) return reader.region_error(summary, region.error());
    cache.insert(key, *region, (*region)->memory_bytes());
    return region;
}

void Region::keep(std::shared_ptr<const SegmentReader> segment, const RegionSummary& summary,
                  RegionTable table, const WrittenTimes& times) {
    ColumnCache& cache = segment->context().columns;
    const CacheKey key = key_of(*segment, summary);
    TableStreams streams(segment->context(), summary.tenant);
    // One by one, so that a stream's two copies are there at the same time only for a moment.
    for (StreamPtr& stream : table.streams) stream = streams.of(stream);
    // What is wrong with it is reported when it is opened.
    const Result<std::shared_ptr<const Region>> region =
        make(std::move(segment), std::move(table), streams);
    if (!region) return;
    cache.insert(key, *region, (*region)->memory_bytes());
    if ((*region)->blocks_.size() >= kKeepColumnsFrom) (*region)->keep_columns(times);
}

void Region::keep_columns(const WrittenTimes& times) const {
    for (const FilterGroup& group : filters_)
        if (group.stored_size > 0) static_cast<void>(segment_->filters(group));
    for (const StoredBlock& block : blocks_)
        if (auto stored = times.of(block.offset())) block.keep(Column::kTimes, std::move(stored));
}

template <class Visit>
void Region::visit_streams(StreamFilter& filter, TimeNs start, TimeNs end, Visit visit) const {
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        std::uint32_t first = first_run_[i];
        const std::uint32_t last = first_run_[i + 1];
        // Times are looked at first: they are in one array, labels are all over the heap. What
        // comes soon is fetched meanwhile.
        if (i + 2 * kAhead < streams_.size()) __builtin_prefetch(streams_[i + 2 * kAhead].get());
        if (i + kAhead < streams_.size()) streams_[i + kAhead]->labels.prefetch();
        while (first < last && runs_[first].max_time < start) ++first;
        if (first == last || runs_[first].min_time > end) continue;
        if (filter.accepts(streams_[i]->labels)) visit(streams_[i], first, last);
    }
}

Result<void> Region::select(StreamFilter& filter, const Selection& selection,
                            std::uint64_t generation, SelectionMemory& memory,
                            std::vector<Run>& out) const {
    const std::shared_ptr<const Region> self = shared_from_this();
    const TimeNs start = selection.start;
    const TimeNs end = selection.end;
    Result<void> taken;
    // Growing moves what is there: 80 bytes and two counted pointers a run. Room for runs that are
    // not wanted is never touched.
    const std::size_t expected = out.size() + runs_.size();
    if (expected > out.capacity()) out.reserve(std::max(expected, 2 * out.capacity()));
    visit_streams(filter, start, end,
                  [&](const StreamPtr& stream, std::uint32_t first, std::uint32_t last) {
                      // Twice, because the list grows by doubling.
                      if (taken) taken = memory.take(2 * sizeof(Run) * (last - first));
                      if (!taken) return;
                      // Runs of a stream are by min_time.
                      for (std::uint32_t i = first; i < last && runs_[i].min_time <= end; ++i) {
                          const RegionRun& run = runs_[i];
                          if (run.max_time < start) continue;
                          out.push_back({.block = {self, &blocks_[run.block]},
                                         .stream = stream,
                                         .row_begin = run.row_begin,
                                         .row_end = run.row_end,
                                         .min_time = run.min_time,
                                         .max_time = run.max_time,
                                         .line_bytes = run.line_bytes,
                                         .generation = generation,
                                         .position = run.position});
                      }
                  });
    return taken;
}

Result<void> Region::streams(StreamFilter& filter, const Selection& selection,
                             SelectionMemory& memory, std::vector<StreamPtr>& out) const {
    Result<void> taken;
    visit_streams(filter, selection.start, selection.end,
                  [&](const StreamPtr& stream, std::uint32_t, std::uint32_t) {
                      if (taken) taken = memory.take(kListedStreamBytes);
                      if (taken) out.push_back(stream);
                  });
    return taken;
}

std::size_t Region::table_bytes() const {
    return sizeof(Region) + streams_.capacity() * sizeof(StreamPtr) +
           first_run_.capacity() * sizeof(std::uint32_t) + runs_.capacity() * sizeof(RegionRun) +
           blocks_.capacity() * sizeof(StoredBlock) + filters_.capacity() * sizeof(FilterGroup);
}

}  // namespace skald::storage
