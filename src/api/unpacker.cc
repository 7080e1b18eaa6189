// SPDX-License-Identifier: Apache-2.0
#include "unpacker.h"

#include <skald/foundation/base/assert.h>

#include <lz4frame.h>
#include <zstd.h>

#include <string>
#include <utility>

namespace skald::api {

namespace {

/// RFC 8878, 3.1.1.1.2: decoders should take windows of 8 MiB, and may refuse larger ones. The
/// window is memory beside the body, of which the request says how much it is.
constexpr int kZstdWindowLogMax = 23;

Error invalid(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// One frame after the other until the bytes end.
class ZstdUnpacker final : public Unpacker {
public:
    explicit ZstdUnpacker(std::string_view packed)
        : context_(ZSTD_createDCtx()), in_{packed.data(), packed.size(), 0} {
        SKALD_ASSERT(context_ != nullptr);
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    ~ZstdUnpacker() override { ZSTD_freeDCtx(context_); }
    ZstdUnpacker(const ZstdUnpacker&) = delete;
    ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

    bool done() const noexcept override { return done_; }

    Result<std::size_t> fill(char* out, std::size_t size) override {
        ZSTD_outBuffer target{out, size, 0};
        while (target.pos < target.size && !done_) {
            const std::size_t made = target.pos;
            const std::size_t taken = in_.pos;
            const std::size_t left = ZSTD_decompressStream(context_, &target, &in_);
            if (ZSTD_isError(left) != 0)
                return invalid(std::string("zstd: ") + ZSTD_getErrorName(left));
            if (left == 0 && in_.pos == in_.size)
                done_ = true;
            else if (target.pos == made && in_.pos == taken)
                return invalid("unexpected EOF");
        }
        return target.pos;
    }

private:
    ZSTD_DCtx* context_;
    ZSTD_inBuffer in_;
    bool done_ = false;
};

/// As above, with LZ4's frames.
class Lz4Unpacker final : public Unpacker {
public:
    explicit Lz4Unpacker(std::string_view packed) : rest_(packed) {
        const std::size_t code = LZ4F_createDecompressionContext(&context_, LZ4F_VERSION);
        SKALD_ASSERT(LZ4F_isError(code) == 0);
    }
    ~Lz4Unpacker() override { LZ4F_freeDecompressionContext(context_); }
    Lz4Unpacker(const Lz4Unpacker&) = delete;
    Lz4Unpacker& operator=(const Lz4Unpacker&) = delete;

    bool done() const noexcept override { return done_; }

    Result<std::size_t> fill(char* out, std::size_t size) override {
        std::size_t written = 0;
        while (written < size && !done_) {
            std::size_t made = size - written;
            std::size_t taken = rest_.size();
            const std::size_t left =
                LZ4F_decompress(context_, out + written, &made, rest_.data(), &taken, nullptr);
            if (LZ4F_isError(left) != 0)
                return invalid(std::string("lz4: ") + LZ4F_getErrorName(left));
            rest_.remove_prefix(taken);
            written += made;
            if (left == 0 && rest_.empty())
                done_ = true;
            else if (made == 0 && taken == 0)
                return invalid("unexpected EOF");
        }
        return written;
    }

private:
    LZ4F_dctx* context_ = nullptr;
    std::string_view rest_;
    bool done_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_zstd_unpacker(std::string_view packed) {
    return std::make_unique<ZstdUnpacker>(packed);
}

std::unique_ptr<Unpacker> make_lz4_unpacker(std::string_view packed) {
    return std::make_unique<Lz4Unpacker>(packed);
}

std::unique_ptr<Unpacker> make_unpacker(std::string_view packed, BodyEncoding encoding) {
    switch (encoding) {
        case BodyEncoding::kZstd: return make_zstd_unpacker(packed);
        case BodyEncoding::kLz4: return make_lz4_unpacker(packed);
        case BodyEncoding::kGzip:
        case BodyEncoding::kDeflate:
        case BodyEncoding::kIdentity: break;
    }
    return make_zlib_unpacker(packed, encoding);
}

}  // namespace skald::api
