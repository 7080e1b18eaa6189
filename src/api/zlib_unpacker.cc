// SPDX-License-Identifier: Apache-2.0
#include "unpacker.h"

#include <skald/foundation/base/assert.h>

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib's sign for a gzip frame.
constexpr int kRawWindow = -MAX_WBITS;       // … and for none.
constexpr uInt kChunkMax = std::numeric_limits<uInt>::max();

Error invalid(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// zlib's inflater and the bytes that it has not seen.
class Inflater final : public Unpacker {
public:
    Inflater(std::string_view packed, BodyEncoding encoding) : rest_(packed), encoding_(encoding) {
        const int code =
            inflateInit2(&stream_, encoding == BodyEncoding::kGzip ? kGzipWindow : kRawWindow);
        SKALD_ASSERT(code == Z_OK);
    }
    ~Inflater() override { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    bool done() const noexcept override { return done_; }

    Result<std::size_t> fill(char* out, std::size_t size) override {
        std::size_t written = 0;
        while (written < size && !done_) {
            const uInt room = static_cast<uInt>(std::min<std::size_t>(size - written, kChunkMax));
            const uInt input = static_cast<uInt>(std::min<std::size_t>(rest_.size(), kChunkMax));
            // zlib does not write to its input, but its type says so.
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
            stream_.avail_in = input;
            stream_.next_out = reinterpret_cast<Bytef*>(out + written);
            stream_.avail_out = room;
            const int code = inflate(&stream_, Z_NO_FLUSH);
            const std::size_t made = room - stream_.avail_out;
            const std::size_t taken = input - stream_.avail_in;
            rest_.remove_prefix(taken);
            written += made;
            SKALD_CHECK(judge(code, made == 0 && taken == 0));
        }
        return written;
    }

private:
    Result<void> judge(int code, bool stuck) {
        if (code == Z_STREAM_END) {
            if (encoding_ == BodyEncoding::kGzip && !rest_.empty()) {
                inflateReset(&stream_);  // Another member follows (RFC 1952, 2.2).
            } else {
                done_ = true;
            }
            return {};
        }
        if (code == Z_OK && !stuck) return {};
        if ((code == Z_OK || code == Z_BUF_ERROR) && rest_.empty())
            return invalid("unexpected EOF");
        const std::string_view why = stream_.msg == nullptr ? "" : stream_.msg;
        if (why == "incorrect header check" || why == "unknown compression method" ||
            why == "unknown header flags set") {
            return invalid("gzip: invalid header");
        }
        if (why == "incorrect data check" || why == "incorrect length check" ||
            why == "header crc mismatch") {
            return invalid("gzip: invalid checksum");
        }
        return invalid("flate: corrupt input before offset " + std::to_string(stream_.total_in));
    }

    z_stream stream_{};
    std::string_view rest_;
    BodyEncoding encoding_;
    bool done_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_zlib_unpacker(std::string_view packed, BodyEncoding encoding) {
    return std::make_unique<Inflater>(packed, encoding);
}

}  // namespace skald::api
