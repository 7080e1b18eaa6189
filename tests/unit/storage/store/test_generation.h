// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random_streams.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/open_block.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/store.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skald::storage {

/// One row as a test compares it.
struct TestRow {
    std::string labels;
    TimeNs time = 0;
    std::string line;

    auto operator<=>(const TestRow&) const = default;
};

/// A generation's rows by (tenant, period, stream), and how they get into a segment.
class TestGeneration {
public:
    struct StreamRows {
        StreamPtr stream;
        std::map<TimeNs, std::string> rows;
    };
    using RegionKey = std::pair<TenantId, std::int32_t>;

    GenerationId id;

    void add(const TenantId& tenant, const StreamPtr& stream, TimeNs time, std::string line) {
        StreamRows& rows = regions_[{tenant, period_of(time)}][stream->labels.to_string()];
        rows.stream = stream;
        rows.rows.emplace(time, std::move(line));
    }

    static TestGeneration random(RandomStreams& random, const GenerationId& id, std::size_t rows) {
        TestGeneration generation;
        generation.id = id;
        const std::vector<StreamPtr> streams = random.streams(1 + random.below(30));
        for (std::size_t i = 0; i < rows; ++i) {
            const TenantId tenant = *TenantId::parse(random.below(3) == 0 ? "b" : "a");
            const auto period = static_cast<TimeNs>(random.below(3)) - 1;
            const TimeNs time = period * kNanosPerDay + static_cast<TimeNs>(random.below(2000));
            generation.add(tenant, streams[random.below(streams.size())], time,
                           "generation " + std::to_string(id.number) + " row " + std::to_string(i));
        }
        return generation;
    }

    /// What Store::publish is given. Blocks have up to three streams.
    Result<void> fill(SegmentWriter& writer) const {
        for (const auto& [key, by_labels] : regions_) {
            std::vector<const StreamRows*> members;
            for (const auto& [labels, rows] : by_labels) members.push_back(&rows);
            std::sort(members.begin(), members.end(), [](const StreamRows* a, const StreamRows* b) {
                return a->stream->labels < b->stream->labels;
            });
            std::vector<StreamPtr> streams;
            for (const StreamRows* rows : members) streams.push_back(rows->stream);
            SKALD_CHECK(writer.begin_region(key.first, key.second, streams));
            constexpr std::size_t kStreamsPerBlock = 3;
            for (std::size_t begin = 0; begin < members.size(); begin += kStreamsPerBlock) {
                const std::size_t end = std::min(begin + kStreamsPerBlock, members.size());
                SKALD_CHECK(add_block(writer, members, begin, end));
            }
            SKALD_CHECK(writer.end_region());
        }
        return {};
    }

    Result<void> publish_to(Store& store) const {
        return store.publish(id, [&](SegmentWriter& writer) { return fill(writer); });
    }

    /// Rows of the tenant that the selection asks for.
    std::set<TestRow> select(const Selection& selection) const {
        std::set<TestRow> found;
        for (const auto& [key, by_labels] : regions_) {
            if (key.first != selection.tenant) continue;
            for (const auto& [labels, rows] : by_labels) {
                if (!matches_all(selection.matchers, rows.stream->labels)) continue;
                for (const auto& [time, line] : rows.rows) {
                    if (time >= selection.start && time <= selection.end)
                        found.insert({labels, time, line});
                }
            }
        }
        return found;
    }

private:
    static Result<void> add_block(SegmentWriter& writer,
                                  const std::vector<const StreamRows*>& members, std::size_t begin,
                                  std::size_t end) {
        std::vector<RunInput> inputs;
        for (std::size_t i = begin; i < end; ++i) {
            OpenBlock open;
            for (const auto& [time, line] : members[i]->rows) {
                const std::string_view level = time % 2 == 0 ? "info" : "";
                const LabelView pair{"trace", line};
                open.append({.time = time,
                             .line = line,
                             .level = level,
                             .metadata_begin = 0,
                             .metadata_count = 1},
                            std::span(&pair, 1));
            }
            inputs.push_back({open.snapshot()});
        }
        SKALD_TRY(const SealedBlock sealed, seal_block(inputs, {}));
        std::vector<RunEntry> runs;
        for (std::size_t i = begin; i < end; ++i) {
            const SealedBlock::RunRows& rows = sealed.runs[i - begin];
            runs.push_back({.stream = static_cast<std::uint32_t>(i),
                            .row_begin = rows.row_begin,
                            .row_end = rows.row_end,
                            .min_time = rows.min_time,
                            .max_time = rows.max_time,
                            .line_bytes = rows.line_bytes,
                            .position = 7 + i});
        }
        return writer.add_block(*sealed.block, std::move(runs));
    }

    std::map<RegionKey, std::map<std::string, StreamRows>> regions_;
};

/// The rows of the runs that are in the selection's range, read through the blocks.
inline Result<std::set<TestRow>> read_rows(const std::vector<Run>& runs,
                                           const Selection& selection) {
    std::set<TestRow> found;
    for (const Run& run : runs) {
        SKALD_TRY(const TimeColumn times, run.block->times());
        SKALD_TRY(const LineColumn lines, run.block->lines());
        for (std::uint32_t row = run.row_begin; row < run.row_end; ++row) {
            if (times.values[row] < selection.start || times.values[row] > selection.end) continue;
            found.insert(
                {run.stream->labels.to_string(), times.values[row], std::string(lines.line(row))});
        }
    }
    return found;
}

}  // namespace skald::storage
