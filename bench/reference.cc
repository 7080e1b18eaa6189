// SPDX-License-Identifier: Apache-2.0
//
// What this machine can do right now, over the same bytes that lokibench pushes: CPU seconds a GB
// for memcpy, zstd level 1 (256 KiB pieces) and its decompression. Machines are shared: quote
// ratios against these, not absolute figures.
//
//   reference PUSH_FILE
#include <snappy.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kTextBytesMax = 64 << 20;

double thread_cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Decompressed push bodies, up to kTextBytesMax.
std::string load(const char* path) {
    std::ifstream in(path, std::ios::binary);
    std::string text;
    for (std::uint32_t size = 0;
         text.size() < kTextBytesMax && in.read(reinterpret_cast<char*>(&size), sizeof size);) {
        std::string body(size, '\0');
        in.read(body.data(), size);
        std::string raw;
        if (snappy::Uncompress(body.data(), body.size(), &raw)) text += raw;
    }
    return text;
}

/// Best of three runs, in CPU seconds a GB.
void report(const char* name, std::size_t bytes, const std::function<void()>& work) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const double begin = thread_cpu_seconds();
        work();
        best = std::min(best, thread_cpu_seconds() - begin);
    }
    std::printf("%s %.3f\n", name, best / (static_cast<double>(bytes) / 1e9));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: reference PUSH_FILE\n");
        return 2;
    }
    const std::string text = load(argv[1]);
    if (text.empty()) {
        std::fprintf(stderr, "reference: nothing to read in %s\n", argv[1]);
        return 1;
    }
    std::string copy(text.size(), '\0');
    report("memcpy", text.size(), [&] { std::memcpy(copy.data(), text.data(), text.size()); });

    const std::size_t pieces = (text.size() + kPieceBytes - 1) / kPieceBytes;
    std::vector<std::string> packed(pieces, std::string(ZSTD_compressBound(kPieceBytes), '\0'));
    std::vector<std::size_t> sizes(pieces);
    ZSTD_CCtx* compressor = ZSTD_createCCtx();
    report("zstd-1", text.size(), [&] {
        for (std::size_t i = 0; i < pieces; ++i) {
            const std::size_t length = std::min(kPieceBytes, text.size() - i * kPieceBytes);
            sizes[i] = ZSTD_compressCCtx(compressor, packed[i].data(), packed[i].size(),
                                         text.data() + i * kPieceBytes, length, 1);
        }
    });
    ZSTD_freeCCtx(compressor);
    ZSTD_DCtx* decompressor = ZSTD_createDCtx();
    report("zstd-decode", text.size(), [&] {
        for (std::size_t i = 0; i < pieces; ++i)
            ZSTD_decompressDCtx(decompressor, copy.data() + i * kPieceBytes,
                                std::min(kPieceBytes, text.size() - i * kPieceBytes),
                                packed[i].data(), sizes[i]);
    });
    ZSTD_freeDCtx(decompressor);
    return 0;
}
