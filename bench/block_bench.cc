// SPDX-License-Identifier: Apache-2.0
//
// What a block costs: append, encode, decode, memory of small streams, and a region table of 100
// 000 streams. Lines come from the files given; without files they are made up.
//   block_bench [FILE...]
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/open_block.h>
#include <skald/storage/segment/segment.h>

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Least CPU seconds of several runs.
template <class Function>
double best_of(int runs, Function function) {
    double best = 1e9;
    for (int i = 0; i < runs; ++i) {
        const double begin = thread_seconds();
        function();
        best = std::min(best, thread_seconds() - begin);
    }
    return best;
}

std::vector<std::string> lines_of(int argc, char** argv) {
    std::vector<std::string> lines;
    for (int i = 1; i < argc; ++i) {
        std::ifstream in(argv[i], std::ios::binary);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
    }
    std::mt19937_64 random(1);
    while (lines.size() < 20'000) {
        lines.push_back("level=info ts=" + std::to_string(random() % 100'000'000) +
                        " caller=request.go:57 method=GET path=/api/v1/items/" +
                        std::to_string(random() % 1000) +
                        " status=200 took=" + std::to_string(random() % 5000) + "us");
    }
    return lines;
}

struct Corpus {
    std::vector<std::string> lines;
    std::vector<TimeNs> times;
    std::size_t bytes = 0;

    explicit Corpus(std::vector<std::string> from) : lines(std::move(from)), times(lines.size()) {
        std::mt19937_64 random(2);
        TimeNs time = 1'760'000'000'000'000'000;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            time += static_cast<TimeNs>(random() % (1U << 30));
            times[i] = time;
            bytes += lines[i].size() + 1;
        }
    }

    EntryView entry(std::size_t i) const {
        EntryView entry;
        entry.time = times[i];
        entry.line = lines[i];
        entry.level = i % 16 == 0 ? "error" : "info";
        return entry;
    }
};

std::vector<std::shared_ptr<const Block>> fill_blocks(const Corpus& corpus) {
    std::vector<std::shared_ptr<const Block>> blocks;
    auto open = std::make_unique<OpenBlock>();
    for (std::size_t i = 0; i < corpus.lines.size(); ++i) {
        open->append(corpus.entry(i), {});
        if (open->raw_bytes() < kBlockBytes) continue;
        blocks.push_back(open->snapshot());
        open = std::make_unique<OpenBlock>();
    }
    if (open->rows() > 0) blocks.push_back(open->snapshot());
    return blocks;
}

void report(const char* what, double seconds, double rows, double bytes) {
    std::printf("%-34s %8.2f ns/row %8.3f ns/byte %9.0f MB/s\n", what, seconds / rows * 1e9,
                seconds / bytes * 1e9, bytes / seconds / 1e6);
}

void bench_codec(const char* name, const std::vector<std::shared_ptr<const Block>>& blocks,
                 const Corpus& corpus) {
    const EncodeOptions options{*parse_codec(name), 1};
    std::vector<SealedBlock> sealed;
    const double encode = best_of(3, [&] {
        sealed.clear();
        for (const auto& block : blocks) {
            const RunInput input{block};
            sealed.push_back(*seal_block({&input, 1}, options));
        }
    });
    std::size_t sizes[kColumnCount] = {};
    for (const SealedBlock& each : sealed) {
        for (std::size_t i = 0; i < kColumnCount; ++i) {
            sizes[i] += each.block->header.columns[i].stored_size;
        }
    }
    const auto rows = static_cast<double>(corpus.lines.size());
    const auto bytes = static_cast<double>(corpus.bytes);
    std::printf("-- %s: bytes a row: times %.2f, offsets %.2f, levels %.3f, text %.2f of %.1f\n",
                name, static_cast<double>(sizes[0]) / rows, static_cast<double>(sizes[1]) / rows,
                static_cast<double>(sizes[2]) / rows, static_cast<double>(sizes[4]) / rows,
                bytes / rows);
    report("  encode", encode, rows, bytes);
    std::vector<std::shared_ptr<const Block>> readers;
    for (const SealedBlock& each : sealed) readers.push_back(make_encoded_block(each.block));
    std::int64_t sum = 0;
    const auto decode = [&](const char* what, auto column) {
        const double seconds = best_of(9, [&] {
            for (const auto& block : readers) sum += column(*block);
        });
        report(what, seconds, rows, bytes);
    };
    decode("  decode times", [](const Block& block) { return block.times()->values.back(); });
    decode("  decode offsets",
           [](const Block& block) { return std::int64_t{block.offsets()->offsets.back()}; });
    decode("  decode levels",
           [](const Block& block) { return std::int64_t{(*block.levels())->rows.back()}; });
    decode("  decode lines (and offsets)",
           [](const Block& block) { return std::int64_t{block.lines()->text.back()}; });
    if (sum == 42) std::puts("");
}

void bench_append(const Corpus& corpus) {
    const auto rows = static_cast<double>(corpus.lines.size());
    const auto bytes = static_cast<double>(corpus.bytes);
    std::string target(corpus.bytes, '\0');
    report("memcpy of the same lines",
           best_of(5,
                   [&] {
                       char* out = target.data();
                       for (const std::string& line : corpus.lines) {
                           std::memcpy(out, line.data(), line.size());
                           out += line.size() + 1;
                       }
                   }),
           rows, bytes);
    report("open block append", best_of(5, [&] { fill_blocks(corpus); }), rows, bytes);
}

void bench_small_streams(const Corpus& corpus) {
    constexpr std::size_t kStreams = 20'000;
    for (const std::size_t rows : {0UL, 1UL, 2UL, 5UL, 15UL}) {
        std::vector<std::unique_ptr<OpenBlock>> open;
        std::size_t line_bytes = 0;
        const double seconds = best_of(1, [&] {
            for (std::size_t i = 0; i < kStreams; ++i)
                open.push_back(std::make_unique<OpenBlock>());
            for (std::size_t row = 0; row < rows; ++row) {
                for (std::size_t i = 0; i < kStreams; ++i) {
                    EntryView entry = corpus.entry((i * 7 + row) % corpus.lines.size());
                    entry.time = static_cast<TimeNs>(row);
                    open[i]->append(entry, {});
                    line_bytes += entry.line.size();
                }
            }
        });
        std::size_t memory = 0;
        for (const auto& block : open) memory += block->memory_bytes();
        std::printf(
            "small stream, %2zu rows: %6.1f bytes beyond %.1f bytes of lines, %.0f ns/stream\n",
            rows, static_cast<double>(memory - line_bytes) / kStreams,
            static_cast<double>(line_bytes) / kStreams, seconds / kStreams * 1e9);
    }
}

Result<Buffer> read_range(const std::string& bytes, std::uint64_t offset, std::size_t length) {
    Buffer buffer(length);
    std::memcpy(buffer.data(), bytes.data() + offset, length);
    return buffer;
}

void bench_region() {
    constexpr int kStreams = 100'000;
    std::vector<StreamPtr> streams;
    std::vector<RunInput> inputs;
    for (int i = 0; i < kStreams; ++i) {
        streams.push_back(std::make_shared<const Stream>(Labels::from_pairs(
            {{"app", "app-" + std::to_string(100 + i / 1000)},
             {"cluster", "eu-west-1"},
             {"namespace", "production"},
             {"pod",
              "pod-" + std::to_string(1'000'000'000ULL + static_cast<unsigned>(i) * 7919ULL)},
             {"service_name", "app-" + std::to_string(100 + i / 1000)}})));
        OpenBlock open;
        EntryView entry;
        entry.time = std::int64_t{i} * 7'919'000'123 % 900'000'000'000;
        entry.line = "one short line of a small stream";
        open.append(entry, {});
        inputs.push_back({open.snapshot()});
    }
    std::string bytes;
    SegmentFooter footer;
    footer.id = SegmentId{"l0-bench-0000000000000001"};
    const double write = best_of(1, [&] {
        SegmentWriter writer(footer, [&](std::string_view part) -> Result<void> {
            bytes.append(part);
            return {};
        });
        static_cast<void>(writer.begin_region(TenantId::anonymous(), 0, streams));
        for (std::size_t begin = 0; begin < inputs.size(); begin += 4096) {
            const std::size_t count = std::min<std::size_t>(4096, inputs.size() - begin);
            const SealedBlock sealed = *seal_block(std::span(inputs).subspan(begin, count), {});
            std::vector<RunEntry> runs(count);
            for (std::size_t i = 0; i < count; ++i) {
                const SealedBlock::RunRows& rows = sealed.runs[i];
                runs[i].stream = static_cast<std::uint32_t>(begin + i);
                runs[i].row_begin = rows.row_begin;
                runs[i].row_end = rows.row_end;
                runs[i].min_time = rows.min_time;
                runs[i].max_time = rows.max_time;
                runs[i].line_bytes = rows.line_bytes;
                runs[i].position = begin + i;
            }
            static_cast<void>(writer.add_block(*sealed.block, std::move(runs)));
        }
        static_cast<void>(writer.end_region());
        footer = *writer.finish();
    });
    const RangeReader reader = [&](std::uint64_t offset, std::size_t length) {
        return read_range(bytes, offset, length);
    };
    const RegionSummary& region = footer.regions[0];
    const double read = best_of(5, [&] { static_cast<void>(read_region(reader, region)); });
    std::printf(
        "region of %d streams: seal and write %.0f ms, table %u bytes (%u raw), read %.1f ms\n",
        kStreams, write * 1e3, region.table_stored_size, region.table_raw_size, read * 1e3);
}

}  // namespace
}  // namespace skald::storage

int main(int argc, char** argv) {
    using namespace skald::storage;  // NOLINT(google-build-using-namespace): a program, not a
                                     // header.
    const Corpus corpus(lines_of(argc, argv));
    std::printf("%zu lines, %zu bytes\n", corpus.lines.size(), corpus.bytes);
    bench_append(corpus);
    const auto blocks = fill_blocks(corpus);
    for (const char* codec : {"none", "lz4", "zstd", "snappy", "gzip"}) {
        bench_codec(codec, blocks, corpus);
    }
    bench_small_streams(corpus);
    bench_region();
    return 0;
}
