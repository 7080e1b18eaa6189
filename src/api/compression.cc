// SPDX-License-Identifier: Apache-2.0
#include "compression.h"

#include "budget_charge.h"
#include "http_message.h"
#include "unpacker.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

namespace skald::api {

namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib's sign for a gzip frame.
constexpr int kMemoryLevel = 8;
constexpr uInt kChunkMax = std::numeric_limits<uInt>::max();
constexpr std::size_t kMinRoom = 4 * kKiB;

Error invalid(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Error too_large(std::uint64_t max) {
    return invalid("decompressed message size too large than max (" + std::to_string(max + 1) +
                   " vs " + std::to_string(max) + ") (distributor.max_decompressed_size)");
}

}  // namespace

Result<BodyEncoding> parse_content_encoding(std::string_view header) {
    if (header.empty() || header == "snappy") return BodyEncoding::kIdentity;
    if (header == "gzip") return BodyEncoding::kGzip;
    if (header == "deflate") return BodyEncoding::kDeflate;
    return invalid("Content-Encoding " + go_quote(header) + " not supported");
}

Result<BodyEncoding> parse_otlp_encoding(std::string_view header) {
    if (header.empty()) return BodyEncoding::kIdentity;
    if (header == "gzip") return BodyEncoding::kGzip;
    if (header == "zstd") return BodyEncoding::kZstd;
    if (header == "lz4") return BodyEncoding::kLz4;
    return invalid("unsupported content encoding " + std::string(header) +
                   ": only gzip, lz4 and zstd are supported");
}

Buffer make_body_buffer(std::size_t size) {
    Buffer buffer(size + kBodyPadding);
    buffer.resize(size);
    return buffer;
}

Result<Buffer> unpack_body(std::string_view packed, BodyEncoding encoding, std::uint64_t max,
                           BudgetShare& share) {
    constexpr std::uint64_t kTypicalRatio = 4;
    const std::unique_ptr<Unpacker> unpacker = make_unpacker(packed, encoding);
    // One byte more than allowed is asked for, to tell "just fits" from "too large".
    const std::uint64_t room_max = max + 1;
    std::uint64_t room = std::min<std::uint64_t>(
        std::max<std::uint64_t>(packed.size() * kTypicalRatio, 4 * kKiB), room_max);
    SKALD_CHECK(check_outcome(share.grow(room)));
    Buffer out = make_body_buffer(room);
    std::size_t size = 0;
    while (true) {
        SKALD_TRY(const std::size_t made, unpacker->fill(out.data() + size, room - size));
        size += made;
        if (size > max) return too_large(max);
        if (unpacker->done()) break;
        const std::uint64_t more = std::min(room, room_max - room);
        SKALD_CHECK(check_outcome(share.grow(more)));
        room += more;
        out.resize(room + kBodyPadding);
    }
    out.resize(size);
    share.shrink(room - size);
    return out;
}

struct GzipPacker::Stream {
    z_stream state{};
};

GzipPacker::GzipPacker() : stream_(std::make_unique<Stream>()) {
    // Level 1: the network between a server and Grafana is faster than zlib's other levels.
    const int code =
        deflateInit2(&stream_->state, 1, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
    SKALD_ASSERT(code == Z_OK);
}

GzipPacker::~GzipPacker() {
    deflateEnd(&stream_->state);
}

void GzipPacker::add(std::string_view bytes, End end, std::string& out) {
    z_stream& state = stream_->state;
    const int last = end == End::kMember  ? Z_FINISH
                     : end == End::kPiece ? Z_SYNC_FLUSH
                                          : Z_NO_FLUSH;
    std::size_t written = out.size();
    out.resize(written + deflateBound(&state, bytes.size()));
    int code = Z_OK;
    for (bool more = true; more;) {
        const uInt input = static_cast<uInt>(std::min<std::size_t>(bytes.size(), kChunkMax));
        if (out.size() == written) out.resize(written + kMinRoom);
        const uInt room = static_cast<uInt>(std::min<std::size_t>(out.size() - written, kChunkMax));
        state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        state.avail_in = input;
        state.next_out = reinterpret_cast<Bytef*>(out.data() + written);
        state.avail_out = room;
        code = deflate(&state, input == bytes.size() ? last : Z_NO_FLUSH);
        bytes.remove_prefix(input - state.avail_in);
        written += room - state.avail_out;
        // With room left, all that was asked for is done.
        more = end == End::kMember ? code != Z_STREAM_END : !bytes.empty() || state.avail_out == 0;
    }
    out.resize(written);
}

std::string gzip(std::string_view bytes) {
    std::string out;
    GzipPacker().add(bytes, GzipPacker::End::kMember, out);
    return out;
}

namespace {

/// "q=0.5" as thousandths; nothing if it is not a weight.
std::optional<int> parse_weight(std::string_view text) noexcept {
    if (text.size() < 3 || (text[0] != 'q' && text[0] != 'Q') || text[1] != '=')
        return std::nullopt;
    text.remove_prefix(2);
    if (text[0] != '0' && text[0] != '1') return std::nullopt;
    int weight = (text[0] - '0') * 1000;
    if (text.size() == 1) return weight;
    if (text[1] != '.' || text.size() > 5) return std::nullopt;
    int scale = 100;
    for (const char digit : text.substr(2)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        weight += (digit - '0') * scale;
        scale /= 10;
    }
    return std::min(weight, 1000);
}

}  // namespace

bool accepts_gzip(std::string_view header) noexcept {
    std::optional<int> gzip_weight;
    std::optional<int> any_weight;
    int plain_weight = 0;  // Identity is always acceptable, but wanted only if it is named.
    while (!header.empty()) {
        std::string_view item = take_part(header, ',');
        const std::string_view coding = trim_blanks(take_part(item, ';'));
        const int weight =
            trim_blanks(item).empty() ? 1000 : parse_weight(trim_blanks(item)).value_or(0);
        if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
            gzip_weight = weight;
        if (coding == "*") any_weight = weight;
        if (equal_ignoring_case(coding, "identity")) plain_weight = weight;
    }
    const int weight = gzip_weight.value_or(any_weight.value_or(0));
    return weight > 0 && weight >= plain_weight;
}

}  // namespace skald::api
