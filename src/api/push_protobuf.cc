// SPDX-License-Identifier: Apache-2.0
//
// The wire format is https://protobuf.dev/programming-guides/encoding/; error texts are those that
// clients know from gogo-proto.
#include "push_protobuf.h"

#include <skald/foundation/base/units.h>

#include <snappy.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace skald::api {

namespace {

enum WireType : std::uint32_t {
    kVarint = 0,
    kFixed64 = 1,
    kBytes = 2,
    kGroup = 3,
    kEndGroup = 4,
    kFixed32 = 5
};

/// google.protobuf.Timestamp runs from year 1 to year 9999.
constexpr std::int64_t kFirstSecond = -62'135'596'800;
constexpr std::int64_t kSecondAfterLast = 253'402'300'800;

/// An entry without a timestamp has Go's zero time, which is before all that nanoseconds can say.
constexpr TimeNs kNoTime = kTimeMin;

/// Seconds and nanoseconds as one number; beyond the years 1677 to 2262 the nearest there is, which
/// validation refuses entry by entry.
TimeNs clamp_to_ns(std::int64_t seconds, std::int64_t nanos) {
    TimeNs time = 0;
    if (__builtin_mul_overflow(seconds, kNanosPerSecond, &time) ||
        __builtin_add_overflow(time, nanos, &time))
        return seconds < 0 ? kTimeMin : kTimeMax;
    return time;
}

/// Reads `logproto.PushRequest` into views.
///
/// Invariant: after a read returned false `error_` says why, and nothing more is read.
class PushReader {
public:
    PushReader(std::string_view bytes, write::PushBatch& batch)
        : batch_(batch), views_left_(bytes.size() * kViewBytesPerByte + 64 * kKiB) {
        // Typical lines; a larger request of shorter ones grows the list.
        batch_.entries.reserve(bytes.size() / 96 + 4);
        ok_ = read_request(bytes);
    }

    bool ok() const { return ok_; }
    std::string take_error() { return std::move(error_); }

private:
    /// Empty messages take two bytes on the wire and some fifty as views. A request of nothing but
    /// those is refused before it takes much more memory than its bytes.
    static constexpr std::uint64_t kViewBytesPerByte = 8;

    struct Cursor {
        const char* at;
        const char* end;

        explicit Cursor(std::string_view bytes)
            : at(bytes.data()), end(bytes.data() + bytes.size()) {}
        bool done() const { return at == end; }
    };
    struct Tag {
        std::int32_t field = 0;
        std::uint32_t type = 0;
        const char* begin = nullptr;  ///< Where the tag itself begins.
    };

    bool fail(std::string message) {
        error_ = std::move(message);
        return false;
    }
    bool fail_end() { return fail("unexpected EOF"); }

    bool charge(std::size_t bytes) {
        if (bytes > views_left_) return fail("proto: too many empty messages");
        views_left_ -= bytes;
        return true;
    }

    bool read_varint(Cursor& in, std::uint64_t& value) {
        if (!in.done() && static_cast<unsigned char>(*in.at) < 0x80) {
            value = static_cast<unsigned char>(*in.at++);
            return true;
        }
        return read_long_varint(in, value);
    }
    bool read_long_varint(Cursor& in, std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (in.done()) return fail_end();
            const auto byte = static_cast<unsigned char>(*in.at++);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return true;
        }
        return fail("proto: integer overflow");
    }

    bool read_bytes(Cursor& in, std::string_view& bytes) {
        std::uint64_t size = 0;
        if (!read_varint(in, size)) return false;
        if (static_cast<std::int64_t>(size) < 0)
            return fail("proto: negative length found during unmarshaling");
        if (size > static_cast<std::uint64_t>(in.end - in.at)) return fail_end();
        bytes = {in.at, size};
        in.at += size;
        return true;
    }

    bool read_tag(Cursor& in, const char* message, Tag& tag) {
        tag.begin = in.at;
        std::uint64_t value = 0;
        if (!read_varint(in, value)) return false;
        tag.field = static_cast<std::int32_t>(value >> 3);
        tag.type = static_cast<std::uint32_t>(value & 7);
        if (tag.type == kEndGroup)
            return fail(std::string("proto: ") + message + ": wiretype end group for non-group");
        if (tag.field <= 0)
            return fail(std::string("proto: ") + message + ": illegal tag " +
                        std::to_string(tag.field) + " (wire type " + std::to_string(value) + ")");
        return true;
    }

    bool wrong_type(const Tag& tag, const char* field) {
        return fail("proto: wrong wireType = " + std::to_string(tag.type) + " for field " + field);
    }
    bool read_bytes_field(Cursor& in, const Tag& tag, const char* field, std::string_view& bytes) {
        if (tag.type != kBytes) return wrong_type(tag, field);
        return read_bytes(in, bytes);
    }

    /// Skips a field of any type; `in` is behind its tag. Groups nest without recursion.
    bool skip(Cursor& in, const Tag& tag) {
        in.at = tag.begin;
        std::uint64_t depth = 0;
        do {
            std::uint64_t value = 0;
            if (!read_varint(in, value)) return false;
            if (!skip_value(in, static_cast<std::uint32_t>(value & 7), depth)) return false;
        } while (depth > 0);
        return true;
    }
    bool skip_value(Cursor& in, std::uint32_t type, std::uint64_t& depth) {
        std::uint64_t number = 0;
        std::string_view bytes;
        switch (type) {
            case kVarint: return read_varint(in, number);
            case kFixed64: return skip_fixed(in, 8);
            case kBytes: return read_bytes(in, bytes);
            case kGroup: ++depth; return true;
            case kEndGroup:
                if (depth == 0) return fail("proto: unexpected end of group");
                --depth;
                return true;
            case kFixed32: return skip_fixed(in, 4);
            default: return fail("proto: illegal wireType " + std::to_string(type));
        }
    }
    bool skip_fixed(Cursor& in, std::ptrdiff_t size) {
        if (in.end - in.at < size) return fail_end();
        in.at += size;
        return true;
    }

    bool read_request(std::string_view bytes) {
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, "PushRequest", tag)) return false;
            if (tag.field != 1) {
                if (!skip(in, tag)) return false;
                continue;
            }
            std::string_view stream;
            if (!read_bytes_field(in, tag, "Streams", stream)) return false;
            if (!read_stream(stream)) return false;
        }
        return true;
    }

    bool read_stream(std::string_view bytes) {
        if (!charge(sizeof(write::PushBatch::StreamEntries))) return false;
        write::PushBatch::StreamEntries stream;
        stream.entries_begin = static_cast<std::uint32_t>(batch_.entries.size());
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, "StreamAdapter", tag)) return false;
            std::string_view entry;
            switch (tag.field) {
                case 1:
                    if (!read_bytes_field(in, tag, "Labels", stream.labels)) return false;
                    break;
                case 2:
                    if (!read_bytes_field(in, tag, "Entries", entry)) return false;
                    if (!read_entry(entry)) return false;
                    break;
                default:
                    if (!skip(in, tag)) return false;
            }
        }
        stream.entries_end = static_cast<std::uint32_t>(batch_.entries.size());
        batch_.streams.push_back(stream);
        return true;
    }

    bool read_entry(std::string_view bytes) {
        if (!charge(sizeof(EntryView))) return false;
        EntryView entry;
        entry.time = kNoTime;
        entry.metadata_begin = static_cast<std::uint32_t>(batch_.pairs.size());
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, "EntryAdapter", tag)) return false;
            std::string_view message;
            switch (tag.field) {
                case 1:
                    if (!read_bytes_field(in, tag, "Timestamp", message)) return false;
                    if (!read_timestamp(message, entry.time)) return false;
                    break;
                case 2:
                    if (!read_bytes_field(in, tag, "Line", entry.line)) return false;
                    break;
                case 3:
                    if (!read_bytes_field(in, tag, "StructuredMetadata", message)) return false;
                    if (!read_pair(message)) return false;
                    break;
                default:
                    if (!skip(in, tag)) return false;
            }
        }
        entry.metadata_count =
            static_cast<std::uint32_t>(batch_.pairs.size()) - entry.metadata_begin;
        batch_.entries.push_back(entry);
        return true;
    }

    bool read_pair(std::string_view bytes) {
        if (!charge(sizeof(LabelView))) return false;
        LabelView pair;
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, "LabelPairAdapter", tag)) return false;
            if (tag.field == 1) {
                if (!read_bytes_field(in, tag, "Name", pair.name)) return false;
            } else if (tag.field == 2) {
                if (!read_bytes_field(in, tag, "Value", pair.value)) return false;
            } else if (!skip(in, tag)) {
                return false;
            }
        }
        batch_.pairs.push_back(pair);
        return true;
    }

    bool read_timestamp(std::string_view bytes, TimeNs& time) {
        std::uint64_t seconds_bits = 0;
        std::uint64_t nanos_bits = 0;
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, "Timestamp", tag)) return false;
            if (tag.field == 1) {
                if (tag.type != kVarint) return wrong_type(tag, "Seconds");
                if (!read_varint(in, seconds_bits)) return false;
            } else if (tag.field == 2) {
                if (tag.type != kVarint) return wrong_type(tag, "Nanos");
                if (!read_varint(in, nanos_bits)) return false;
            } else if (!skip(in, tag)) {
                return false;
            }
        }
        const auto seconds = static_cast<std::int64_t>(seconds_bits);
        const auto nanos = static_cast<std::int32_t>(nanos_bits);
        if (seconds < kFirstSecond || seconds >= kSecondAfterLast || nanos < 0 ||
            nanos >= kNanosPerSecond)
            return refuse_timestamp(seconds, nanos);
        time = clamp_to_ns(seconds, nanos);
        return true;
    }
    bool refuse_timestamp(std::int64_t seconds, std::int32_t nanos) {
        const std::string what =
            "timestamp: seconds:" + std::to_string(seconds) + " nanos:" + std::to_string(nanos);
        if (seconds < kFirstSecond) return fail(what + " before 0001-01-01");
        if (seconds >= kSecondAfterLast) return fail(what + " after 10000-01-01");
        return fail(what + ": nanos not in range [0, 1e9)");
    }

    write::PushBatch& batch_;
    std::uint64_t views_left_;
    std::string error_;
    bool ok_ = false;
};

Error invalid(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<write::PushBatch> decode_push_protobuf(Buffer snappy_body, std::uint64_t max_decompressed) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(snappy_body.data(), snappy_body.size(), &size))
        return invalid("snappy: corrupt input");
    if (size > max_decompressed)
        return invalid("decompressed message size too large than max (" + std::to_string(size) +
                       " vs " + std::to_string(max_decompressed) + ")");
    // No element of the format makes more than 64 bytes of 3, so a larger claim is a lie.
    if (size / 64 > snappy_body.size() / 3 + 1) return invalid("snappy: corrupt input");
    struct Body {
        Buffer packed;
        Buffer unpacked;
    };
    auto body = std::make_shared<Body>(Body{std::move(snappy_body), Buffer(size)});
    if (!snappy::RawUncompress(body->packed.data(), body->packed.size(), body->unpacked.data()))
        return invalid("snappy: corrupt input");

    write::PushBatch batch;
    PushReader reader(body->unpacked.view(), batch);
    if (!reader.ok()) return invalid(reader.take_error());
    batch.body = {body->packed.view(), body->unpacked.view()};
    batch.owners.push_back(std::move(body));
    return batch;
}

}  // namespace skald::api
