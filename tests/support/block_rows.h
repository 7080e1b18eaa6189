// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>
#include <skald/storage/block/open_block.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// A row as plain values: what block tests compare.
struct Row {
    TimeNs time = 0;
    std::string line;
    std::string level;
    std::vector<std::pair<std::string, std::string>> metadata;  ///< By name, no empty values.

    auto operator<=>(const Row&) const = default;
};

inline void PrintTo(const Row& row, std::ostream* out) {
    *out << row.time << " " << testing::PrintToString(row.line) << " level=" << row.level;
    for (const auto& [name, value] : row.metadata) *out << " " << name << "=" << value;
}

inline void append(OpenBlock& block, const Row& row) {
    std::vector<LabelView> pairs = {{"not", "mine"}};
    for (const auto& [name, value] : row.metadata) pairs.push_back({name, value});
    EntryView entry;
    entry.time = row.time;
    entry.line = row.line;
    entry.level = row.level;
    entry.metadata_begin = 1;
    entry.metadata_count = static_cast<std::uint32_t>(row.metadata.size());
    block.append(entry, pairs);
}

/// All columns of a block put together again.
inline Result<std::vector<Row>> read_rows(const Block& block) {
    SKALD_TRY(const TimeColumn times, block.times());
    SKALD_TRY(const LineColumn lines, block.lines());
    SKALD_TRY(const auto levels, block.levels());
    SKALD_TRY(const auto metadata, block.metadata());
    std::vector<Row> rows;
    for (std::size_t i = 0; i < times.values.size(); ++i) {
        Row row{times.values[i], std::string(lines.line(i)), std::string(levels->value(i)), {}};
        for (const MetadataColumn& column : metadata->columns) {
            if (column.value(i).empty()) continue;
            row.metadata.emplace_back(column.name, column.value(i));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// What a block must make of rows that arrive in this order: the oracle.
inline std::vector<Row> ordered_without_duplicates(std::vector<Row> rows) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& left, const Row& right) { return left.time < right.time; });
    std::set<Row> seen;
    std::erase_if(rows, [&](const Row& row) { return !seen.insert(row).second; });
    return rows;
}

/// The summary that a block of these rows must have.
inline BlockSummary summary_of(const std::vector<Row>& rows) {
    BlockSummary summary;
    summary.rows = static_cast<std::uint32_t>(rows.size());
    summary.min_time = kTimeMax;
    summary.max_time = kTimeMin;
    for (const Row& row : rows) {
        summary.min_time = std::min(summary.min_time, row.time);
        summary.max_time = std::max(summary.max_time, row.time);
        summary.line_bytes += row.line.size();
        if (!row.level.empty()) {
            summary.metadata_bytes += std::string_view("detected_level").size() + row.level.size();
        }
        summary.has_metadata |= !row.metadata.empty();
        for (const auto& [name, value] : row.metadata) {
            summary.metadata_bytes += name.size() + value.size();
        }
    }
    return summary;
}

inline void expect_summary(const BlockSummary& actual, const BlockSummary& expected) {
    EXPECT_EQ(actual.rows, expected.rows);
    EXPECT_EQ(actual.min_time, expected.min_time);
    EXPECT_EQ(actual.max_time, expected.max_time);
    EXPECT_EQ(actual.line_bytes, expected.line_bytes);
    EXPECT_EQ(actual.metadata_bytes, expected.metadata_bytes);
    EXPECT_EQ(actual.has_metadata, expected.has_metadata);
}

/// Random rows that look like logs and hold what logs sometimes hold: ties, disorder, repeats,
/// empty lines, line ends and NULs inside lines, metadata.
class RowGenerator {
public:
    struct Options {
        TimeNs start = 1'700'000'000'000'000'000;
        TimeNs unit = 1;  ///< Times are multiples of it.
        std::uint64_t step_max = 1'000'000'000;
        unsigned ties_percent = 10;     ///< Rows with the time of the row before.
        unsigned disorder_percent = 0;  ///< Rows that are older than the row before.
        unsigned repeats_percent = 0;   ///< Exact copies of an earlier row.
        unsigned metadata_percent = 0;
        unsigned odd_lines_percent = 5;
        unsigned uncommon_levels_percent = 0;
    };

    RowGenerator(std::uint64_t seed, Options options)
        : random_(seed), options_(options), time_(options.start) {}

    std::vector<Row> rows(std::size_t count) {
        std::vector<Row> rows;
        while (rows.size() < count) {
            if (!rows.empty() && chance(options_.repeats_percent)) {
                rows.push_back(rows[below(rows.size())]);
            } else {
                rows.push_back(row());
            }
        }
        return rows;
    }

private:
    Row row() {
        if (!chance(options_.ties_percent)) {
            time_ += static_cast<TimeNs>(1 + below(options_.step_max)) * options_.unit;
        }
        TimeNs time = time_;
        if (chance(options_.disorder_percent)) {
            time -= static_cast<TimeNs>(below(20 * options_.step_max)) * options_.unit;
        }
        Row row{time, line(), level(), {}};
        if (chance(options_.metadata_percent)) {
            for (const char* name : {"pod", "trace_id", "user"}) {
                if (chance(60)) row.metadata.emplace_back(name, std::to_string(below(50)));
            }
        }
        return row;
    }

    std::string line() {
        if (chance(options_.odd_lines_percent)) {
            static const std::string kOdd[] = {"",
                                               "\n",
                                               "a\nb\n",
                                               std::string("nul\0nul", 7),
                                               std::string(300, 'x'),
                                               std::string(70'000, 'y'),
                                               "\xff\xfe"};
            return kOdd[below(std::size(kOdd))];
        }
        return "level=info method=GET path=/api/v" + std::to_string(below(5)) +
               " status=" + std::to_string(200 + below(4) * 100) +
               " took=" + std::to_string(below(2000)) + "ms";
    }

    std::string level() {
        static const std::string kLevels[] = {"", "info", "info", "info", "error", "unknown"};
        if (chance(options_.uncommon_levels_percent)) return "level-" + std::to_string(below(400));
        return kLevels[below(std::size(kLevels))];
    }

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }

    std::mt19937_64 random_;
    Options options_;
    TimeNs time_;
};

}  // namespace skald::storage
