// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace skald::api {

/// What a Content-Encoding wraps around a body: RFC 1952; RFC 1951 without zlib's frame; RFC 8878;
/// LZ4's frame format.
enum class BodyEncoding { kIdentity, kGzip, kDeflate, kZstd, kLz4 };

/// "", "snappy" (protobuf is always that, inside) -> identity, "gzip", "deflate".
/// Errors: kInvalidArgument, `Content-Encoding "x" not supported`.
Result<BodyEncoding> parse_content_encoding(std::string_view header);

/// As OTLP has it: "", "gzip", "zstd", "lz4".
/// Errors: kInvalidArgument, `unsupported content encoding x: only gzip, lz4 and zstd are
/// supported`.
Result<BodyEncoding> parse_otlp_encoding(std::string_view header);

/// Answers smaller than this are sent as they are.
inline constexpr std::size_t kGzipBytesMin = 1400;
/// Free bytes behind a body, so that the JSON parser may read past its end without a copy.
inline constexpr std::size_t kBodyPadding = 64;

/// Memory for a body of `size` bytes, padded.
Buffer make_body_buffer(std::size_t size);

/// Unpacks at most `max` bytes, growing `share` as the output grows.
/// Errors: kInvalidArgument in the words of Go's libraries where they are known (`gzip: invalid
/// header`, `unexpected EOF`, …) and
/// `decompressed message size too large than max (%d vs %d)`; kUnavailable or kTooLarge if the
/// budget does not allow it.
Result<Buffer> unpack_body(std::string_view packed, BodyEncoding encoding, std::uint64_t max,
                           BudgetShare& share);

/// One gzip member. Cost: about 6 ns a byte.
std::string gzip(std::string_view bytes);

/// Makes one gzip member of pieces. Threading: single-owner.
class GzipPacker {
public:
    enum class End {
        kNone,
        kPiece,   ///< What was added so far can be unpacked.
        kMember,  ///< Nothing follows.
    };

    GzipPacker();
    ~GzipPacker();
    GzipPacker(const GzipPacker&) = delete;
    GzipPacker& operator=(const GzipPacker&) = delete;

    /// Packs `bytes` and appends what comes out, which may be nothing yet.
    void add(std::string_view bytes, End end, std::string& out);

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
};

/// True if an Accept-Encoding header (RFC 9110, 12.5.3) takes gzip at least as gladly as the plain
/// bytes.
bool accepts_gzip(std::string_view header) noexcept;

}  // namespace skald::api
