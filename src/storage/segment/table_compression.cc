// SPDX-License-Identifier: Apache-2.0
#include "table_compression.h"

#include <zstd.h>

#include <memory>
#include <utility>

namespace skald::storage {
namespace {

/// Tables are written once and read often, and are small against the blocks: a middling level.
constexpr int kTableLevel = 3;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* thread_decompressor() {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    return context.get();
}

}  // namespace

std::string compress_table(std::string_view raw) {
    // A region is finished once in minutes: a context is not worth keeping a thread.
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    std::string out(ZSTD_compressBound(raw.size()), '\0');
    if (context == nullptr) return std::string(raw);
    const std::size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), raw.data(),
                                               raw.size(), kTableLevel);
    if (ZSTD_isError(size) != 0 || size >= raw.size()) return std::string(raw);
    out.resize(size);
    return out;
}

Result<Buffer> decompress_table(Buffer stored, std::size_t raw_size) {
    if (stored.size() == raw_size) return stored;
    Buffer raw(raw_size);
    ZSTD_DCtx* const context = thread_decompressor();
    if (context == nullptr) return Error{ErrorCode::kUnavailable, "no memory for a zstd context"};
    const std::size_t size =
        ZSTD_decompressDCtx(context, raw.data(), raw_size, stored.data(), stored.size());
    if (ZSTD_isError(size) != 0 || size != raw_size) {
        return Error{ErrorCode::kCorruption, "region table: the compressed bytes do not decode"};
    }
    return raw;
}

}  // namespace skald::storage
