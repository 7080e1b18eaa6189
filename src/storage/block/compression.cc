// SPDX-License-Identifier: Apache-2.0
#include "compression.h"

#include <skald/foundation/base/buffer.h>

#include <lz4.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

namespace skald::storage {
namespace {

/// Scratch larger than this is given back after use: one large block must not pin memory a thread.
/// By the codec.
constexpr std::array<std::string_view, 5> kCodecNames = {"none", "lz4", "zstd", "snappy", "gzip"};
constexpr std::size_t kScratchKeep = 4U << 20;

/// A deflate or inflate stream that is made on first use and then reset.
class GzipStreams {
public:
    GzipStreams() = default;
    GzipStreams(const GzipStreams&) = delete;
    GzipStreams& operator=(const GzipStreams&) = delete;
    ~GzipStreams() {
        if (deflate_ready_) deflateEnd(&deflate_);
        if (inflate_ready_) inflateEnd(&inflate_);
    }

    /// Bytes written to `out`, 0 if they do not fit.
    std::size_t compress(std::string_view in, char* out, std::size_t out_size) {
        if (!deflate_ready_) {
            if (deflateInit2(&deflate_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                             Z_DEFAULT_STRATEGY) != Z_OK) {
                return 0;
            }
            deflate_ready_ = true;
        } else if (deflateReset(&deflate_) != Z_OK) {
            return 0;
        }
        point(deflate_, in, out, out_size);
        if (deflate(&deflate_, Z_FINISH) != Z_STREAM_END) return 0;
        return out_size - deflate_.avail_out;
    }

    bool decompress(std::string_view in, char* out, std::size_t out_size) {
        if (!inflate_ready_) {
            if (inflateInit2(&inflate_, kGzipWindow) != Z_OK) return false;
            inflate_ready_ = true;
        } else if (inflateReset(&inflate_) != Z_OK) {
            return false;
        }
        point(inflate_, in, out, out_size);
        return inflate(&inflate_, Z_FINISH) == Z_STREAM_END && inflate_.avail_out == 0 &&
               inflate_.avail_in == 0;
    }

private:
    static constexpr int kGzipWindow = 15 + 16;  // 32 KiB window, gzip framing.

    static void point(z_stream& stream, std::string_view in, char* out, std::size_t out_size) {
        // zlib's interface is not const-correct; it does not write to next_in.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream.avail_in = static_cast<uInt>(in.size());
        stream.next_out = reinterpret_cast<Bytef*>(out);
        stream.avail_out = static_cast<uInt>(out_size);
    }

    z_stream deflate_{};
    z_stream inflate_{};
    bool deflate_ready_ = false;
    bool inflate_ready_ = false;
};

struct ZstdFree {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// What a thread keeps, so that no block allocates a context.
struct ThreadContexts {
    std::unique_ptr<ZSTD_CCtx, ZstdFree> zstd_compress;
    std::unique_ptr<ZSTD_DCtx, ZstdFree> zstd_decompress;
    GzipStreams gzip;
    Buffer compressed;
    Buffer scratch;
};

ThreadContexts& contexts() {
    thread_local ThreadContexts here;
    return here;
}

char* sized(Buffer& buffer, std::size_t size) {
    if (buffer.capacity() < size || buffer.capacity() > std::max(kScratchKeep, size)) {
        buffer = Buffer(size);
    }
    return buffer.data();
}

std::size_t bound(Codec codec, std::size_t size) {
    switch (codec) {
        case Codec::kNone: return 0;
        case Codec::kLz4:
            return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(size)));
        case Codec::kZstd: return ZSTD_compressBound(size);
        case Codec::kSnappy: return snappy::MaxCompressedLength(size);
        case Codec::kGzip: return size;  // Larger is of no use.
    }
    return 0;
}

/// What makes zstd fast on log text and no worse: matches of seven bytes or more, and tables that
/// stay in the nearest caches (docs/decisions/0009-zstd-for-logs.md). 0 leaves zstd's own choice.
struct ZstdTuning {
    int hash_log = 0;
    int chain_log = 0;
    int min_match = 0;
    int search_log = 0;
};
ZstdTuning tuning_of(int level) {
    constexpr int kGreedyFrom = 5;
    constexpr int kLazyUpTo = 12;
    if (level == 1) return {12, 0, 7};
    if (level >= kGreedyFrom && level <= kLazyUpTo) return {17, 17, 7, 3};
    return {};
}

std::size_t compress_zstd(int level, std::string_view in, char* out, std::size_t out_size) {
    auto& context = contexts().zstd_compress;
    if (context == nullptr) context.reset(ZSTD_createCCtx());
    if (context == nullptr) return 0;
    const ZstdTuning tuning = tuning_of(level);
    const std::array<std::pair<ZSTD_cParameter, int>, 5> parameters = {
        {{ZSTD_c_compressionLevel, level},
         {ZSTD_c_hashLog, tuning.hash_log},
         {ZSTD_c_chainLog, tuning.chain_log},
         {ZSTD_c_minMatch, tuning.min_match},
         {ZSTD_c_searchLog, tuning.search_log}}};
    for (const auto& [parameter, value] : parameters) {
        if (ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), parameter, value)) != 0) return 0;
    }
    const std::size_t size = ZSTD_compress2(context.get(), out, out_size, in.data(), in.size());
    return ZSTD_isError(size) != 0 ? 0 : size;
}

bool decompress_zstd(std::string_view in, char* out, std::size_t out_size) {
    auto& context = contexts().zstd_decompress;
    if (context == nullptr) context.reset(ZSTD_createDCtx());
    if (context == nullptr) return false;
    const std::size_t size =
        ZSTD_decompressDCtx(context.get(), out, out_size, in.data(), in.size());
    return ZSTD_isError(size) == 0 && size == out_size;
}

bool decompress_snappy(std::string_view in, char* out, std::size_t out_size) {
    std::size_t size = 0;
    return snappy::GetUncompressedLength(in.data(), in.size(), &size) && size == out_size &&
           snappy::RawUncompress(in.data(), in.size(), out);
}

std::size_t compress_to(Codec codec, int level, std::string_view in, char* out,
                        std::size_t out_size) {
    switch (codec) {
        case Codec::kNone: return 0;
        case Codec::kLz4: {
            const int size = LZ4_compress_default(in.data(), out, static_cast<int>(in.size()),
                                                  static_cast<int>(out_size));
            return static_cast<std::size_t>(std::max(size, 0));
        }
        case Codec::kZstd: return compress_zstd(level, in, out, out_size);
        case Codec::kSnappy: {
            std::size_t size = 0;
            snappy::RawCompress(in.data(), in.size(), out, &size);
            return size;
        }
        case Codec::kGzip: return contexts().gzip.compress(in, out, out_size);
    }
    return 0;
}

bool decompress_to(Codec codec, std::string_view in, char* out, std::size_t out_size) {
    switch (codec) {
        case Codec::kNone:
            if (in.size() != out_size) return false;
            std::copy(in.begin(), in.end(), out);
            return true;
        case Codec::kLz4:
            return LZ4_decompress_safe(in.data(), out, static_cast<int>(in.size()),
                                       static_cast<int>(out_size)) == static_cast<int>(out_size);
        case Codec::kZstd: return decompress_zstd(in, out, out_size);
        case Codec::kSnappy: return decompress_snappy(in, out, out_size);
        case Codec::kGzip: return contexts().gzip.decompress(in, out, out_size);
    }
    return false;
}

}  // namespace

std::string_view compress(Codec codec, int level, std::string_view in) {
    if (codec == Codec::kNone || in.empty()) return {};
    const std::size_t out_size = bound(codec, in.size());
    char* const out = sized(contexts().compressed, out_size);
    const std::size_t size = compress_to(codec, level, in, out, out_size);
    if (size >= in.size()) return {};
    return {out, size};
}

Result<void> decompress(Codec codec, std::string_view in, char* out, std::size_t out_size) {
    constexpr std::size_t kIntMax = std::numeric_limits<int>::max();
    if (in.size() > kIntMax || out_size > kIntMax || !decompress_to(codec, in, out, out_size)) {
        return Error{ErrorCode::kCorruption, "the compressed bytes do not decode"};
    }
    return {};
}

char* thread_scratch(std::size_t size) {
    return sized(contexts().scratch, size);
}

bool exceeds_codec_ratio(Codec codec, std::uint64_t stored, std::uint64_t raw) {
    std::uint64_t ratio = 1;
    switch (codec) {
        case Codec::kNone: break;
        case Codec::kLz4: ratio = 255; break;     // A length byte extends a match by 255 at most.
        case Codec::kZstd: ratio = 43691; break;  // An RLE block: 128 KiB from a 3-byte header.
        case Codec::kSnappy: ratio = 64; break;   // A 2-byte copy gives 64 bytes at most.
        case Codec::kGzip: ratio = 1032; break;   // zlib.net/zlib_tech.html: 1032:1.
    }
    return raw > stored * ratio;
}

std::string_view codec_name(Codec codec) noexcept {
    return kCodecNames[static_cast<std::size_t>(codec)];
}

Result<Codec> parse_codec(std::string_view text) {
    for (std::size_t i = 0; i < kCodecNames.size(); ++i)
        if (text == kCodecNames[i]) return static_cast<Codec>(i);
    return Error{ErrorCode::kInvalidArgument, "unknown codec \"" + std::string(text) +
                                                  "\"; it is one of none, lz4, zstd, snappy, gzip"};
}

}  // namespace skald::storage
