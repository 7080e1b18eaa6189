// SPDX-License-Identifier: Apache-2.0
//
// The wire format is https://protobuf.dev/programming-guides/encoding/; error texts are those that
// clients know from gogo-proto.
#include "push_protobuf.h"

#include "body_pool.h"
#include "list_room.h"
#include "proto_scanner.h"
#include "usual_entry.h"

#include <skald/foundation/base/units.h>

#include <snappy.h>

#include <algorithm>
#include <string>
#include <utility>

namespace skald::api {

namespace {

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
/// Invariant: after a read returned false `take_error` says why, and nothing more is read.
class PushReader : private ProtoScanner {
public:
    PushReader(std::string_view bytes, write::PushBatch& batch, BudgetShare& share)
        : ProtoScanner(bytes.size() * kViewBytesPerByte + 64 * kKiB), batch_(batch), room_(share) {
        // Typical lines; a larger request of shorter ones grows the list.
        ok_ = room_.make(batch_.entries, bytes.size() / 96 + 4) && read_request(bytes);
    }

    bool ok() const { return ok_; }
    Error error() { return room_.error(take_error()); }

private:
    /// Empty messages take two bytes on the wire and some fifty as views. A request of nothing but
    /// those is refused before it takes much more memory than its bytes.
    static constexpr std::uint64_t kViewBytesPerByte = 8;

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
            EntryView usual;
            if (UsualEntryReader::read(in.at, in.end, usual)) {
                if (!charge(sizeof(EntryView)) || !room_.make(batch_.entries)) return false;
                usual.metadata_begin = static_cast<std::uint32_t>(batch_.pairs.size());
                batch_.entries.push_back(usual);
                continue;
            }
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
        if (!room_.make(batch_.streams)) return false;
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
        if (!room_.make(batch_.entries)) return false;
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
        if (!room_.make(batch_.pairs)) return false;
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
    ListRoom room_;
    bool ok_ = false;
};

/// A body in both forms; the memory of the larger one goes to the next body.
struct UnpackedBody {
    UnpackedBody(Buffer from, std::size_t size)
        : packed(std::move(from)), unpacked(pool->take(size)) {}
    ~UnpackedBody() { pool->give(std::move(unpacked)); }
    UnpackedBody(const UnpackedBody&) = delete;
    UnpackedBody& operator=(const UnpackedBody&) = delete;

    const std::shared_ptr<BodyPool> pool = BodyPool::shared();
    Buffer packed;
    Buffer unpacked;
};

Error invalid(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<write::PushBatch> decode_push_protobuf(Buffer snappy_body, std::uint64_t max_decompressed,
                                              BudgetShare& share) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(snappy_body.data(), snappy_body.size(), &size))
        return invalid("snappy: corrupt input");
    if (size > max_decompressed)
        return invalid("decompressed message size too large than max (" + std::to_string(size) +
                       " vs " + std::to_string(max_decompressed) +
                       ") (distributor.max_decompressed_size)");
    // No element of the format makes more than 64 bytes of 3, so a larger claim is a lie.
    if (size / 64 > snappy_body.size() / 3 + 1) return invalid("snappy: corrupt input");
    auto body = std::make_shared<UnpackedBody>(std::move(snappy_body), size);
    if (!snappy::RawUncompress(body->packed.data(), body->packed.size(), body->unpacked.data()))
        return invalid("snappy: corrupt input");

    write::PushBatch batch;
    PushReader reader(body->unpacked.view(), batch, share);
    if (!reader.ok()) return reader.error();
    batch.body = {body->packed.view(), body->unpacked.view()};
    batch.owners.push_back(std::move(body));
    return batch;
}

Result<write::PushBatch> decode_push_message(Buffer message, BudgetShare& share) {
    auto body = std::make_shared<Buffer>(std::move(message));
    write::PushBatch batch;
    PushReader reader(body->view(), batch, share);
    if (!reader.ok()) return reader.error();
    batch.owners.push_back(std::move(body));
    return batch;
}

}  // namespace skald::api
