// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/fake_storage.h"
#include "support/memory_block.h"
#include "support/naive_logql.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block_codec.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace skald::support {

inline constexpr DurationNs kWorldSecond = 1'000'000'000;

/// Random rows and where they lie.
class RandomWorld {
public:
    explicit RandomWorld(std::uint64_t seed) : random_(seed) {
        const std::size_t streams = 1 + below(6);
        for (std::size_t i = 0; i < streams; ++i) {
            std::vector<Labels::Pair> pairs = {{"app", pick({"web", "api", "db"})},
                                               {"pod", std::to_string(i)}};
            if (chance(40)) pairs.emplace_back("env", pick({"prod", "dev"}));
            streams_.push_back(std::make_shared<const Stream>(Labels::from_pairs(pairs)));
        }
        const std::size_t generations = 1 + below(4);
        for (std::size_t i = 0; i < generations; ++i) push();
    }

    /// Adds rows of a new generation and returns them.
    std::vector<NaiveRow> push() {
        const std::size_t before = rows.size();
        add_generation(++generations_);
        return {rows.begin() + static_cast<std::ptrdiff_t>(before), rows.end()};
    }

    std::vector<NaiveRow> rows;
    RunList in_memory;
    RunList stored;

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }

private:
    struct Placed {
        StreamPtr stream;
        std::vector<MemoryRow> rows;
        std::uint64_t position;
    };

    void add_generation(std::uint64_t generation) {
        const bool memory = chance(40);
        std::vector<Placed> runs;
        std::uint64_t position = 0;
        for (const StreamPtr& stream : streams_) {
            for (std::size_t run = below(4); run > 0; --run) {
                runs.push_back({stream, make_run(stream), position++});
            }
        }
        while (!runs.empty()) {
            // Several runs share a block, ordered by stream.
            std::vector<Placed> block;
            for (std::size_t count = 1 + below(4); count > 0 && !runs.empty(); --count) {
                block.push_back(std::move(runs.back()));
                runs.pop_back();
            }
            place(block, generation, memory ? in_memory : stored);
        }
    }

    void place(const std::vector<Placed>& runs, std::uint64_t generation, RunList& list) {
        std::vector<MemoryRow> all;
        for (const Placed& run : runs) all.insert(all.end(), run.rows.begin(), run.rows.end());
        const std::shared_ptr<const storage::Block> block = make_block(all);
        std::uint32_t row = 0;
        for (const Placed& placed : runs) {
            storage::Run run{.block = block,
                             .stream = placed.stream,
                             .row_begin = row,
                             .row_end = row + static_cast<std::uint32_t>(placed.rows.size()),
                             .min_time = placed.rows.front().time,
                             .max_time = placed.rows.back().time,
                             .line_bytes = 0,
                             .generation = generation,
                             .position = placed.position};
            for (const MemoryRow& each : placed.rows) {
                run.line_bytes += each.line.size();
                NaiveRow naive{.stream = placed.stream->labels,
                               .time = each.time,
                               .line = each.line,
                               .metadata = {each.metadata.begin(), each.metadata.end()},
                               .parsed = {},
                               .original = {},
                               .generation = generation,
                               .position = placed.position};
                if (!each.level.empty()) naive.metadata["detected_level"] = each.level;
                rows.push_back(std::move(naive));
            }
            row = run.row_end;
            list.runs.push_back({run, {"instance", generation}});
        }
    }

    /// Half of the blocks are as stored, the others plain vectors.
    std::shared_ptr<const storage::Block> make_block(const std::vector<MemoryRow>& all) {
        auto plain = std::make_shared<MemoryBlock>(all);
        if (chance(50)) return plain;
        const auto times = *plain->times();
        const auto levels = *plain->levels();
        const auto metadata = *plain->metadata();
        const storage::BlockRows rows_of_block{.times = times.values,
                                               .lines = *plain->lines(),
                                               .levels = levels.get(),
                                               .metadata = metadata.get()};
        return storage::make_encoded_block(std::make_shared<const storage::EncodedBlock>(
            storage::encode_block(rows_of_block, {.codec = storage::Codec::kLz4})));
    }

    /// Rows by time without exact repeats; some are copies of rows of earlier runs.
    std::vector<MemoryRow> make_run(const StreamPtr& stream) {
        std::vector<MemoryRow> run;
        const std::size_t count = 1 + below(40);
        const TimeNs begin = static_cast<TimeNs>(below(100)) * kWorldSecond;
        const bool many_ties = chance(20);
        for (std::size_t i = 0; i < count; ++i) {
            MemoryRow row = make_row();
            row.time = begin + static_cast<TimeNs>(below(many_ties ? 3 : 30)) * kWorldSecond;
            // Around the edges of windows.
            if (chance(20)) row.time += static_cast<TimeNs>(below(3)) - 1;
            run.push_back(std::move(row));
        }
        for (const NaiveRow& row : rows) {
            if (!(row.stream == stream->labels) || !chance(20)) continue;
            MemoryRow copy{row.time, row.line, "", {}};
            for (const auto& [name, value] : row.metadata) {
                if (name == "detected_level") {
                    copy.level = value;
                } else {
                    copy.metadata.emplace_back(name, value);
                }
            }
            run.push_back(std::move(copy));
        }
        std::stable_sort(run.begin(), run.end(),
                         [](const MemoryRow& a, const MemoryRow& b) { return a.time < b.time; });
        std::vector<MemoryRow> unique;
        for (MemoryRow& row : run) {
            if (std::find(unique.begin(), unique.end(), row) == unique.end()) {
                unique.push_back(std::move(row));
            }
        }
        return unique;
    }

    MemoryRow make_row() {
        MemoryRow row;
        row.line = pick({"", "error", "an error here", "all is well", "GET /x 200", "GET /y 500",
                         "a\nb", "code=500 lat=1.5 user=eve", "lat=2 size=10 error=no",
                         "lat=0.25 code=200 size=-3", R"({"code":"404","lat":7,"user":"eve"})",
                         R"({"size":12,"pod":"x"})"});
        row.level = pick({"", "info", "info", "error"});
        if (chance(30)) row.metadata.emplace_back("app", "hidden");
        if (chance(30)) row.metadata.emplace_back("code", pick({"200", "404", "500"}));
        if (chance(30)) row.metadata.emplace_back("user", pick({"ann", "bob"}));
        return row;
    }

    std::mt19937_64 random_;
    std::uint64_t generations_ = 0;
    std::vector<StreamPtr> streams_;
};

/// Random queries of what both evaluators know.
class RandomQueries {
public:
    explicit RandomQueries(RandomWorld& world) : world_(world) {}

    std::string log() {
        std::string query =
            pick({R"({app="web"})", R"({app=~".+"})", R"({app=~"web|api", env!="dev"})",
                  R"({pod=~"[0-3]"})", R"({env="prod"})"});
        for (std::size_t stages = world_.below(4); stages > 0; --stages) {
            query += pick({R"( |= "error")",
                           R"( != "error")",
                           R"( |~ "[45]\\d\\d")",
                           R"( |= "GET" or "well")",
                           R"( !~ "a.")",
                           R"( | code="500")",
                           R"( | detected_level="error" or user="ann")",
                           R"( | app="web")",
                           R"( | app_extracted!="")",
                           R"( | code >= 404)",
                           R"( | code > 100, user!="bob")",
                           R"( | drop user)",
                           R"( | drop code, detected_level)",
                           R"( | env="")",
                           R"( | logfmt)",
                           R"( | json | __error__="")",
                           R"( | logfmt | lat > 1)",
                           R"( | logfmt | json | drop __error__, __error_details__)",
                           R"( | json | drop __error__, __error_details__ | size >= 0)",
                           R"( | line_format "{{.code}} of {{.user}} error")",
                           R"( | label_format where=app, who="{{.user}}!")",
                           R"( | label_format code=size)",
                           R"( | user_extracted="eve")",
                           R"( | keep app, code, lat, size, user)"});
        }
        return query;
    }

    /// `exact`: only whole numbers, for whatever compares values, because the two evaluators add
    /// fractions up in different orders.
    std::string metric(bool exact = false, int depth = 0) {
        switch (world_.below(depth > 2 ? 2 : 7)) {
            case 0: return range(exact);
            case 5: return exact ? range(true) : unwrapped();
            case 6:
                return "sum by (app, d) (label_replace(" + range(exact) +
                       pick({R"q(, "d", "${1}x", "code", "(.).*"))q",
                             R"q(, "d", "a", "app", "web"))q",
                             R"q(, "app", "", "app", "(.*)"))q"}) +
                       ")";
            case 1: return "sum" + grouping() + "(" + range(exact) + ")";
            case 2: {
                const std::string op =
                    exact ? pick({"min", "max", "count", "sum"})
                          : pick({"avg", "min", "max", "count", "sum", "stddev", "stdvar"});
                return op + grouping() + "(" + metric(exact, depth + 1) + ")";
            }
            case 3:
                return pick({"topk(2, ", "bottomk(1, "}) + metric(true, depth + 1) + ")" +
                       grouping();
            default: return exact ? range(true) : binary(depth);
        }
    }

private:
    std::string pick(std::vector<std::string> from) { return world_.pick(std::move(from)); }

    std::string range(bool exact) {
        const std::string op =
            exact ? pick({"count_over_time", "bytes_over_time"})
                  : pick({"count_over_time", "rate", "bytes_over_time", "bytes_rate"});
        return op + "(" + log() + " [" + pick({"1s", "7s", "10s", "25s", "3m"}) + "]" +
               pick({"", "", " offset 13s", " offset -5s"}) + ")";
    }
    std::string unwrapped() {
        const std::string op = pick({"sum", "avg", "min", "max", "stdvar", "stddev", "first",
                                     "last", "quantile", "quantile", "rate"});
        const std::string selector = log() + pick({" | logfmt", " | logfmt", ""}) + " | unwrap " +
                                     pick({"lat", "size", "code"}) + R"( | __error__="" [)" +
                                     pick({"1s", "7s", "25s", "3m"}) + "]" +
                                     pick({"", " offset 13s"});
        const std::string by =
            pick({"", " by (app)", " by (code, user)", " without (pod)", " by ()"});
        if (op == "rate") return "rate(" + selector + ")";
        if (op == "sum")
            return pick({"", "sum", "sum by (app)"}) + "(sum_over_time(" + selector + "))";
        if (op == "quantile") {
            return "quantile_over_time(" + pick({"0", "0.5", "0.99", "1"}) + ", " + selector + ")" +
                   by;
        }
        return op + "_over_time(" + selector + ")" + by;
    }
    std::string grouping() {
        return pick({"", "", " by (app)", " by (app, detected_level)", " by (code)",
                     " without (pod)", " without (app, user)", " by (app_extracted)"});
    }
    std::string binary(int depth) {
        const std::string op =
            pick({" + ", " - ", " * ", " / ", " % ", " > ", " <= bool ", " == ", " != "});
        if (world_.chance(40)) {
            return world_.chance(50) ? "(" + metric(true, depth + 1) + ")" + op + "2"
                                     : "3" + op + "(" + metric(true, depth + 1) + ")";
        }
        // Sides with unique labels as far as they are matched.
        const std::string by = pick({"app", "detected_level"});
        const auto side = [&] { return "(sum by (" + by + ") (" + range(true) + "))"; };
        const std::string matching = pick({"", " on (" + by + ") ", " ignoring (pod) "});
        if (world_.chance(40))
            return side() + pick({" and", " or", " unless"}) + " " + matching + side();
        return side() + op + matching + side();
    }

    RandomWorld& world_;
};

}  // namespace skald::support
