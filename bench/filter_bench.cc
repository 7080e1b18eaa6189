// SPDX-License-Identifier: Apache-2.0
//
// Line filters over blocks of made-up log lines: GB of text per CPU second, with memmem and RE2 on
// each line beside them, in the same run.
#include <skald/read/logql/line_filter.h>
#include <skald/storage/block/block.h>

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using skald::read::LineFilter;
using skald::read::LineFilterOp;
using skald::read::LineFilterProgram;
using skald::storage::LineColumn;

struct Block {
    std::string text;
    std::vector<std::uint32_t> offsets{0};
    LineColumn column;
};

std::string make_line(std::mt19937_64& random) {
    static constexpr const char* kLevels[] = {"info", "info", "info", "debug", "warn", "error"};
    static constexpr const char* kPaths[] = {"/api/v1/users", "/api/v1/orders", "/health",
                                             "/login"};
    static constexpr const char* kTexts[] = {
        "request finished", "cache miss", "Connection reset by peer",
        "user logged in",   "retrying",   "upstream timeout"};
    char line[320];
    const std::uint64_t bits = random();
    std::snprintf(
        line, sizeof line,
        "ts=2026-11-01T12:%02d:%02d.%03dZ level=%s caller=handler.go:%d method=GET path=%s "
        "status=%d duration=%d.%dms trace=%016llx client=10.%d.%d.%d msg=\"%s\"",
        int(bits % 60), int(bits / 60 % 60), int(bits / 3600 % 1000), kLevels[bits >> 20 & 3],
        int(bits >> 24 & 511), kPaths[bits >> 33 & 3], (bits >> 36 & 63) == 0 ? 503 : 200,
        int(bits >> 40 & 255), int(bits >> 48 & 7), static_cast<unsigned long long>(random()),
        int(bits >> 8 & 255), int(bits >> 16 & 255), int(bits >> 50 & 255),
        kTexts[(bits >> 56) % 6]);
    return line;
}

std::vector<std::unique_ptr<Block>> make_blocks(std::size_t total, std::size_t block_size) {
    std::mt19937_64 random(1);
    std::vector<std::unique_ptr<Block>> blocks;
    for (std::size_t made = 0; made < total; made += blocks.back()->text.size()) {
        auto block = std::make_unique<Block>();
        while (block->text.size() < block_size) {
            block->text += make_line(random) + "\n";
            block->offsets.push_back(static_cast<std::uint32_t>(block->text.size()));
        }
        block->column.text = block->text;
        block->column.offsets.offsets = block->offsets;
        blocks.push_back(std::move(block));
    }
    return blocks;
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Best of three, in GB per CPU second.
double speed(double bytes, const std::function<std::size_t()>& run, std::size_t& rows) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const double start = cpu_seconds();
        rows = run();
        best = std::min(best, cpu_seconds() - start);
    }
    return bytes / best / 1e9;
}

struct Case {
    const char* name;
    std::vector<LineFilter> filters;
};

}  // namespace

int main() {
    const auto blocks = make_blocks(std::size_t{64} << 20, std::size_t{256} << 10);
    double bytes = 0;
    std::size_t lines = 0;
    for (const auto& block : blocks) {
        bytes += static_cast<double>(block->text.size());
        lines += block->offsets.size() - 1;
    }
    std::printf("%zu blocks, %zu lines, %.1f MB\n", blocks.size(), lines, bytes / 1e6);
    std::printf("%-34s %9s %9s %9s %9s\n", "filter", "rows", "program", "memmem", "RE2/line");
    const Case cases[] = {
        {"|= absent", {{LineFilterOp::kContains, {{"segmentation fault"}}}}},
        {"|= rare (status=503)", {{LineFilterOp::kContains, {{"status=503"}}}}},
        {"|= one in six (timeout)", {{LineFilterOp::kContains, {{"upstream timeout"}}}}},
        {"|= everywhere (level=)", {{LineFilterOp::kContains, {{"level="}}}}},
        {"!= everywhere", {{LineFilterOp::kNotContains, {{"level="}}}}},
        {"|~ (?i)connection reset", {{LineFilterOp::kRegex, {{"(?i)connection reset"}}}}},
        {"|~ timeout|panic|reset by", {{LineFilterOp::kRegex, {{"timeout|panic|reset by"}}}}},
        {"|~ status=5\\d\\d", {{LineFilterOp::kRegex, {{"status=5\\d\\d"}}}}},
        {"|~ err(or)?.*(timeout|reset)", {{LineFilterOp::kRegex, {{"err(or)?.*(timeout|reset)"}}}}},
        {"|~ (?i)connection.*(peer|closed)",
         {{LineFilterOp::kRegex, {{"(?i)connection.*(peer|closed)"}}}}},
        {"|~ \\b\\d+\\.\\d+\\.\\d+\\.77\\b",
         {{LineFilterOp::kRegex, {{"\\b\\d+\\.\\d+\\.\\d+\\.77\\b"}}}}},
        {"|~ [0-9a-f]{15}7 ", {{LineFilterOp::kRegex, {{"[0-9a-f]{15}7 "}}}}},
        {"|~ .+", {{LineFilterOp::kRegex, {{".+"}}}}},
        {"|> <_> status=503 <_>", {{LineFilterOp::kPattern, {{"<_> status=503 <_>"}}}}},
        {"|= ip(10.1.0.0/16)", {{LineFilterOp::kContains, {{"10.1.0.0/16", true}}}}},
        {"|= 503 |= error |~ reset",
         {{LineFilterOp::kContains, {{"status=503"}}},
          {LineFilterOp::kContains, {{"warn"}}},
          {LineFilterOp::kRegex, {{"reset.*peer"}}}}},
    };
    for (const Case& one : cases) {
        const auto program = LineFilterProgram::compile(one.filters);
        if (!program) return 1;
        std::size_t rows = 0;
        std::vector<std::uint32_t> selected;
        const auto run_program = [&] {
            std::size_t count = 0;
            for (const auto& block : blocks) {
                selected.clear();
                (*program)->apply(block->column, 0,
                                  static_cast<std::uint32_t>(block->offsets.size() - 1), selected);
                count += selected.size();
            }
            return count;
        };
        const double of_program = speed(bytes, run_program, rows);
        std::printf("%-34s %9zu %9.2f", one.name, rows, of_program);
        const LineFilter& first = one.filters.front();
        const std::string& text = first.alternatives.front().text;
        std::size_t others = 0;
        if (first.op <= LineFilterOp::kNotContains && !first.alternatives.front().is_ip) {
            const auto run_memmem = [&] {
                std::size_t count = 0;
                for (const auto& block : blocks) {
                    for (std::size_t row = 0; row + 1 < block->offsets.size(); ++row) {
                        const std::string_view line = block->column.line(row);
                        count +=
                            memmem(line.data(), line.size(), text.data(), text.size()) != nullptr;
                    }
                }
                return count;
            };
            std::printf(" %9.2f\n", speed(bytes, run_memmem, others));
        } else if (first.op == LineFilterOp::kRegex) {
            const re2::RE2 regex(text);
            const auto run_re2 = [&] {
                std::size_t count = 0;
                for (const auto& block : blocks) {
                    for (std::size_t row = 0; row + 1 < block->offsets.size(); ++row) {
                        const std::string_view line = block->column.line(row);
                        count += regex.Match(re2::StringPiece(line.data(), line.size()), 0,
                                             line.size(), re2::RE2::UNANCHORED, nullptr, 0);
                    }
                }
                return count;
            };
            std::printf(" %9s %9.2f\n", "", speed(bytes, run_re2, others));
        } else {
            std::printf("\n");
        }
    }
}
