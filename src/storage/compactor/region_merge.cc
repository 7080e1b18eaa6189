// SPDX-License-Identifier: Apache-2.0
#include "region_merge.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <unordered_map>

namespace skald::storage {

namespace {

std::size_t bytes_kept(std::size_t inputs) {
    return std::max<std::size_t>(24 * kMiB, inputs * 3 * kMiB);
}

/// A block with more rows than this is closed even among rows of one time.
constexpr std::uint32_t kRowsMax = kBlockRowsMax / 4;

}  // namespace

RegionMerge::RegionMerge(const SegmentRewriter& store, std::vector<MergeInput> inputs,
                         const MergeShape& shape, WorkerPool& workers, Hooks hooks)
    : store_(store),
      inputs_(std::move(inputs)),
      shape_(shape),
      workers_(workers),
      hooks_(std::move(hooks)),
      source_(store_, inputs_, bytes_kept(inputs_.size())),
      rows_(source_, inputs_) {
    std::sort(inputs_.begin(), inputs_.end(), [](const MergeInput& a, const MergeInput& b) {
        return std::tie(a.order, a.segment) < std::tie(b.order, b.segment);
    });
    intern_streams();
}

/// One object a stream, however many tables name it.
void RegionMerge::intern_streams() {
    std::unordered_map<StreamId, StreamPtr> known;
    for (MergeInput& input : inputs_) {
        for (StreamPtr& stream : input.table.streams)
            stream = known.try_emplace(stream->id, stream).first->second;
    }
}

std::vector<RegionMerge::MergedStream> RegionMerge::streams_to_keep() {
    struct Place {
        std::size_t stream = 0;
        std::size_t run = 0;
    };
    std::vector<Place> places(inputs_.size());
    const auto head = [&](std::size_t input) -> const StreamPtr* {
        const RegionTable& table = inputs_[input].table;
        return places[input].stream < table.streams.size() ? &table.streams[places[input].stream]
                                                           : nullptr;
    };
    const auto is_later = [&](std::size_t a, std::size_t b) {
        return (*head(b))->labels < (*head(a))->labels;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(is_later)> heads(is_later);
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
        if (head(input) != nullptr) heads.push(input);
    }
    std::vector<MergedStream> streams;
    while (!heads.empty()) {
        MergedStream merged;
        const StreamPtr stream = *head(heads.top());
        merged.cut.stream = stream;
        merged.cut.keep_from = hooks_.keep_from(stream->labels);
        for (const PendingDelete* each : hooks_.deletes) {
            if (each->rows->takes_stream(stream->labels)) merged.cut.deletes.push_back(each);
        }
        while (!heads.empty() && (*head(heads.top()))->id == stream->id) {
            const std::size_t input = heads.top();
            heads.pop();
            const std::vector<RunEntry>& runs = inputs_[input].table.runs;
            Place& place = places[input];
            for (; place.run < runs.size() && runs[place.run].stream == place.stream; ++place.run) {
                place_run({input, &runs[place.run]}, merged);
            }
            ++place.stream;
            if (head(input) != nullptr) heads.push(input);
        }
        if (!merged.runs.empty()) streams.push_back(std::move(merged));
    }
    return streams;
}

/// Takes a run that may have rows that stay.
void RegionMerge::place_run(const RunRef& ref, MergedStream& stream) {
    const std::uint64_t rows = ref.run->row_end - ref.run->row_begin;
    totals_.rows_in += rows;
    if (ref.run->max_time < stream.cut.keep_from)
        totals_.expired_rows += rows;
    else if (stream.cut.takes_all(*ref.run))
        totals_.deleted_rows += rows;
    else
        stream.runs.push_back(ref);
}

Result<MergeTotals> RegionMerge::write(const TenantId& tenant, std::int32_t period,
                                       SegmentWriter& writer) {
    std::vector<MergedStream> streams = streams_to_keep();
    std::vector<StreamPtr> names;
    names.reserve(streams.size());
    for (const MergedStream& stream : streams) names.push_back(stream.cut.stream);
    SKALD_CHECK(writer.begin_region(tenant, period, std::move(names)));
    for (std::uint32_t i = 0; i < streams.size(); ++i) {
        SKALD_CHECK(merge_stream(i, streams[i], writer));
        streams[i].runs = {};
    }
    SKALD_CHECK(close_shared(writer));
    while (!pending_.empty()) {
        SKALD_CHECK(write_front(writer));
    }
    SKALD_CHECK(writer.end_region());
    totals_.bytes_read = source_.bytes_read();
    totals_.expired_rows += rows_.passed_over();
    totals_.deleted_rows += rows_.deleted();
    // The inputs will go: every row of them must be written, a repeat, too old, or deleted.
    if (totals_.rows_in !=
        totals_.rows_out + totals_.duplicate_rows + totals_.expired_rows + totals_.deleted_rows)
        return Error{ErrorCode::kInternal, "rows were lost while segments were merged"};
    return totals_;
}

Result<void> RegionMerge::merge_stream(std::uint32_t index, MergedStream& stream,
                                       SegmentWriter& writer) {
    position_ = 0;
    const auto order = [&](const RunRef& ref) {
        return std::tuple(ref.run->min_time, inputs_[ref.input].order, ref.run->position);
    };
    std::sort(stream.runs.begin(), stream.runs.end(),
              [&](const RunRef& a, const RunRef& b) { return order(a) < order(b); });
    for (std::size_t begin = 0; begin < stream.runs.size();) {
        TimeNs until = stream.runs[begin].run->max_time;
        std::size_t end = begin + 1;
        // Runs that only touch may have rows of one time, which keep their order.
        for (; end < stream.runs.size() && stream.runs[end].run->min_time <= until; ++end)
            until = std::max(until, stream.runs[end].run->max_time);
        const std::span<const RunRef> cluster(&stream.runs[begin], end - begin);
        SKALD_TRY(const bool may_copy, can_copy(cluster, stream.cut));
        if (may_copy) {
            SKALD_CHECK(close_open(writer, true));
            SKALD_CHECK(copy_block(cluster.front(), index, writer));
        } else {
            SKALD_CHECK(merge_cluster(cluster, index, stream.cut, writer));
        }
        begin = end;
    }
    return close_open(writer, true);
}

/// The most that decoded blocks of the runs take while they are merged.
std::uint64_t RegionMerge::overlap_bytes(std::span<const RunRef> runs) const {
    std::multimap<TimeNs, std::uint64_t> open;  // By the end of the run.
    std::vector<RunRef> by_begin(runs.begin(), runs.end());
    std::sort(by_begin.begin(), by_begin.end(),
              [](const RunRef& a, const RunRef& b) { return a.run->min_time < b.run->min_time; });
    std::uint64_t bytes = 0;
    std::uint64_t most = 0;
    for (const RunRef& ref : by_begin) {
        while (!open.empty() && open.begin()->first < ref.run->min_time) {
            bytes -= open.begin()->second;
            open.erase(open.begin());
        }
        const BlockSummary& block = inputs_[ref.input].table.blocks[ref.run->block].header.summary;
        const std::uint64_t size =
            block.line_bytes + block.metadata_bytes + std::uint64_t{block.rows} * 16;
        open.emplace(ref.run->max_time, size);
        bytes += size;
        most = std::max(most, bytes);
    }
    return most;
}

/// Runs of which too many overlap are merged in parts, which readers merge: each part has runs that
/// follow each other in the order of equal times.
Result<void> RegionMerge::merge_cluster(std::span<const RunRef> runs, std::uint32_t index,
                                        const RowCut& cut, SegmentWriter& writer) {
    if (runs.size() > 1 && overlap_bytes(runs) > shape_.overlap_bytes_max) {
        std::vector<RunRef> parts(runs.begin(), runs.end());
        std::sort(parts.begin(), parts.end(), [&](const RunRef& a, const RunRef& b) {
            return std::tuple(inputs_[a.input].order, a.run->position) <
                   std::tuple(inputs_[b.input].order, b.run->position);
        });
        const std::span<const RunRef> all(parts);
        SKALD_CHECK(merge_cluster(all.first(parts.size() / 2), index, cut, writer));
        // What follows may go back in time: a run of its own.
        SKALD_CHECK(close_open(writer, false));
        SKALD_CHECK(merge_cluster(all.subspan(parts.size() / 2), index, cut, writer));
        return close_open(writer, false);
    }
    return rows_.merge(runs, cut, [&](const EntryView& entry, std::span<const LabelView> pairs) {
        return append(index, entry, pairs, writer);
    });
}

Result<bool> RegionMerge::can_copy(std::span<const RunRef> cluster, const RowCut& cut) {
    if (cluster.size() != 1) return false;
    const MergeInput& input = inputs_[cluster.front().input];
    const RunEntry& run = *cluster.front().run;
    const BlockHeader& header = input.table.blocks[run.block].header;
    const std::uint64_t raw = header.columns[static_cast<std::size_t>(Column::kText)].raw_size;
    if (!input.is_merged || run.min_time < cut.keep_from ||
        run.row_end - run.row_begin != header.summary.rows || 2 * raw < shape_.block_bytes)
        return false;
    if (cut.touching(run).empty()) return true;
    SKALD_TRY(const std::shared_ptr<const DecodedBlock> block,
              source_.decode(cluster.front().input, run.block));
    if (run.row_end > block->times.values.size()) return false;
    SKALD_TRY(const std::vector<std::uint32_t> deleted,
              deleted_rows(cut, run, block, run.row_begin, run.row_end));
    return deleted.empty();
}

Result<void> RegionMerge::copy_block(const RunRef& ref, std::uint32_t index,
                                     SegmentWriter& writer) {
    SKALD_CHECK(hooks_.proceed());
    Pending pending;
    SKALD_TRY(pending.copied, source_.stored(ref.input, ref.run->block));
    SKALD_TRY(const std::shared_ptr<const DecodedBlock> decoded,
              source_.decode(ref.input, ref.run->block));
    // Filters are kept apart from blocks, and are made anew more simply than they are found.
    BlockRows rows;
    rows.times = decoded->times.values;
    rows.lines = decoded->lines;
    rows.levels = decoded->levels.get();
    rows.metadata = decoded->metadata.get();
    if (shape_.encode.filter) pending.copied.filter = BlockFilter::build(rows);
    pending.copied_run = *ref.run;
    pending.copied_run.stream = index;
    pending.copied_run.position = position_++;
    pending_.push_back(std::move(pending));
    ++totals_.blocks_copied;
    while (pending_.size() > workers_.threads() + 1) {
        SKALD_CHECK(write_front(writer));
    }
    return {};
}

Result<void> RegionMerge::append(std::uint32_t index, const EntryView& entry,
                                 std::span<const LabelView> pairs, SegmentWriter& writer) {
    if (open_.rows != nullptr) {
        const OpenBlock& rows = *open_.rows;
        const bool is_full = rows.raw_bytes() >= shape_.block_bytes && entry.time != last_time_;
        // Copies of a row have one time, and must meet in one block.
        const bool is_too_large =
            rows.rows() >= kRowsMax || rows.raw_bytes() >= kBlockBytesMax / 4 ||
            std::uint64_t{rows.rows()} * (rows.metadata_names() + pairs.size() + 1) >=
                kMetadataCellsMax / 2;
        if (is_full || is_too_large) {
            SKALD_CHECK(close_open(writer, false));
        }
    }
    if (open_.rows == nullptr) open_ = {index, position_++, std::make_shared<OpenBlock>()};
    open_.rows->append(entry, pairs);
    ++open_.appended;
    last_time_ = entry.time;
    return {};
}

Result<void> RegionMerge::close_open(SegmentWriter& writer, bool may_share) {
    if (open_.rows == nullptr) return {};
    OpenRun run = std::move(open_);
    open_ = {};
    if (may_share && run.rows->raw_bytes() < shape_.shared_block_below)
        return share(std::move(run), writer);
    std::vector<OpenRun> alone;
    alone.push_back(std::move(run));
    return post(std::move(alone), writer);
}

Result<void> RegionMerge::share(OpenRun run, SegmentWriter& writer) {
    const std::uint64_t rows = shared_rows_ + run.rows->rows();
    const std::uint64_t names = shared_names_ + run.rows->metadata_names();
    if (rows * names >= kMetadataCellsMax) {
        SKALD_CHECK(close_shared(writer));
    }
    shared_rows_ += run.rows->rows();
    shared_names_ += run.rows->metadata_names();
    shared_bytes_ += run.rows->raw_bytes();
    shared_.push_back(std::move(run));
    if (shared_bytes_ < shape_.block_bytes) return {};
    return close_shared(writer);
}

Result<void> RegionMerge::close_shared(SegmentWriter& writer) {
    std::vector<OpenRun> runs = std::move(shared_);
    shared_ = {};
    shared_bytes_ = shared_rows_ = shared_names_ = 0;
    if (runs.empty()) return {};
    return post(std::move(runs), writer);
}

Result<void> RegionMerge::post(std::vector<OpenRun> runs, SegmentWriter& writer) {
    SKALD_CHECK(hooks_.proceed());
    Pending pending;
    for (const OpenRun& run : runs) pending.rows += run.appended;
    // The job owns what it reads: after an error nobody waits for it.
    std::vector<std::shared_ptr<OpenBlock>> inputs;
    for (const OpenRun& run : runs) inputs.push_back(run.rows);
    auto task = std::make_shared<std::packaged_task<Result<SealedBlock>()>>(
        [inputs = std::move(inputs), encode = shape_.encode]() -> Result<SealedBlock> {
            std::vector<RunInput> snapshots;
            snapshots.reserve(inputs.size());
            for (const auto& rows : inputs) snapshots.push_back({rows->snapshot()});
            return seal_block(snapshots, encode);
        });
    pending.sealed = task->get_future();
    pending.runs = std::move(runs);
    for (OpenRun& run : pending.runs) run.rows = nullptr;
    workers_.post(Lane::kBackground, [task] { (*task)(); });
    pending_.push_back(std::move(pending));
    while (pending_.size() > workers_.threads() + 1) {
        SKALD_CHECK(write_front(writer));
    }
    return {};
}

Result<void> RegionMerge::write_front(SegmentWriter& writer) {
    Pending front = std::move(pending_.front());
    pending_.pop_front();
    ++totals_.blocks_out;
    if (!front.sealed.valid()) {
        totals_.rows_out += front.copied.header.summary.rows;
        return writer.add_block(front.copied, {front.copied_run});
    }
    SKALD_TRY(const SealedBlock sealed, front.sealed.get());
    std::vector<RunEntry> runs;
    runs.reserve(front.runs.size());
    for (std::size_t i = 0; i < front.runs.size(); ++i) {
        const SealedBlock::RunRows& rows = sealed.runs[i];
        RunEntry run;
        run.stream = front.runs[i].stream;
        run.position = front.runs[i].position;
        run.row_begin = rows.row_begin;
        run.row_end = rows.row_end;
        run.min_time = rows.min_time;
        run.max_time = rows.max_time;
        run.line_bytes = rows.line_bytes;
        runs.push_back(run);
    }
    const std::uint64_t rows = sealed.block->header.summary.rows;
    totals_.rows_out += rows;
    totals_.duplicate_rows += front.rows - rows;
    return writer.add_block(*sealed.block, std::move(runs));
}

}  // namespace skald::storage
