// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/write/ingester/wal_record.h>

#include <snappy.h>

#include <algorithm>
#include <limits>

namespace skald::write {
namespace {

using cluster::StreamBatch;

constexpr std::size_t kBodyBytesMax = kGiB;
/// Memory for unpacked bodies beyond this is given back with the next record.
constexpr std::size_t kUnpackedKept = 16 * kMiB;

Error corrupt(const char* what) {
    return {ErrorCode::kCorruption, std::string("WAL record: ") + what};
}

}  // namespace

WalRecordDecoder::WalRecordDecoder() : batch_{TenantId::anonymous(), {}, {}, {}, {}} {}

Result<StreamPtr> WalRecordDecoder::stream_of(std::string_view labels) {
    if (const auto found = streams_.find(labels); found != streams_.end()) return found->second;
    ByteReader in(labels);
    std::vector<LabelView> views;
    while (in.ok() && !in.done()) {
        const std::string_view name = in.text();
        const std::string_view value = in.text();
        views.push_back({name, value});
    }
    if (!in.ok()) return corrupt("malformed labels");
    auto stream = std::make_shared<const Stream>(Labels::from_views(std::move(views)));
    streams_.emplace(labels, stream);
    return StreamPtr(std::move(stream));
}

Result<void> WalRecordDecoder::read_streams(ByteReader& in) {
    const std::uint64_t count = in.varint();
    // Each stream takes at least two bytes, each entry at least two more.
    if (count > in.remaining()) return corrupt("more streams than bytes");
    batch_.streams.reserve(count);
    std::uint64_t rows = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string_view labels = in.text();
        const std::uint64_t entries = in.varint();
        if (!in.ok() || entries > in.remaining()) return corrupt("malformed stream table");
        SKALD_TRY(StreamPtr stream, stream_of(labels));
        const auto begin = static_cast<std::uint32_t>(rows);
        rows += entries;
        if (rows > in.remaining() || rows > std::numeric_limits<std::uint32_t>::max()) {
            return corrupt("more entries than bytes");
        }
        batch_.streams.push_back({std::move(stream), begin, static_cast<std::uint32_t>(rows)});
    }
    if (!in.ok()) return corrupt("malformed stream table");
    batch_.entries.resize(rows);
    return {};
}

Result<void> WalRecordDecoder::read_times(ByteReader& in) {
    TimeNs previous = 0;
    for (EntryView& entry : batch_.entries) {
        const auto delta = static_cast<std::uint64_t>(in.zigzag());
        previous = static_cast<TimeNs>(static_cast<std::uint64_t>(previous) + delta);
        entry.time = previous;
    }
    return in.ok() ? Result<void>() : corrupt("malformed times");
}

Result<void> WalRecordDecoder::read_lengths(ByteReader& in, std::uint64_t longest) {
    lengths_.resize(batch_.entries.size());
    std::uint64_t sum = 0;
    for (std::uint32_t& length : lengths_) {
        const std::uint64_t value = in.varint();
        if (value > longest) return corrupt("line longer than the record");
        length = static_cast<std::uint32_t>(value);
        sum += value;
    }
    if (!in.ok() || sum > longest) return corrupt("lines longer than the record");
    return {};
}

Result<void> WalRecordDecoder::read_gaps(ByteReader& in) {
    gaps_.resize(batch_.entries.size());
    for (std::uint32_t& gap : gaps_) {
        const std::uint64_t value = in.varint();
        if (value > kBodyBytesMax) return corrupt("line outside the body");
        gap = static_cast<std::uint32_t>(value);
    }
    return in.ok() ? Result<void>() : corrupt("malformed places of lines");
}

Result<void> WalRecordDecoder::read_levels(ByteReader& in) {
    const std::uint64_t present = in.varint();
    if (present > 1) return corrupt("unknown level column");
    if (present == 0) return {};
    levels_.resize(batch_.entries.size());
    for (std::uint32_t& level : levels_) {
        level = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.varint(), UINT32_MAX));
    }
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.remaining()) return corrupt("malformed levels");
    level_names_.assign(1, std::string_view());
    for (std::uint64_t i = 0; i < count; ++i) level_names_.push_back(in.text());
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        if (levels_[i] >= level_names_.size()) return corrupt("level out of its dictionary");
        batch_.entries[i].level = level_names_[levels_[i]];
    }
    return in.ok() ? Result<void>() : corrupt("malformed levels");
}

Result<void> WalRecordDecoder::read_metadata(ByteReader& in) {
    const std::uint64_t pairs = in.varint();
    if (pairs == 0) return in.ok() ? Result<void>() : corrupt("malformed metadata");
    if (pairs > in.remaining() / 2) return corrupt("more metadata than bytes");
    std::uint64_t sum = 0;
    for (EntryView& entry : batch_.entries) {
        const std::uint64_t count = in.varint();
        if (count > pairs - sum) return corrupt("metadata counts do not add up");
        entry.metadata_begin = static_cast<std::uint32_t>(sum);
        entry.metadata_count = static_cast<std::uint32_t>(count);
        sum += count;
    }
    if (sum != pairs) return corrupt("metadata counts do not add up");
    batch_.pairs.reserve(pairs);
    for (const EntryView& entry : batch_.entries) {
        std::string_view previous;
        for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
            const LabelView pair{in.text(), in.text()};
            if (i > 0 && pair.name <= previous) return corrupt("metadata names out of order");
            if (pair.name == kDetectedLevel) return corrupt("level among the metadata");
            previous = pair.name;
            batch_.pairs.push_back(pair);
        }
    }
    return in.ok() ? Result<void>() : corrupt("malformed metadata");
}

Result<void> WalRecordDecoder::read_lines(ByteReader& in) {
    for (std::size_t i = 0; i < lengths_.size(); ++i) batch_.entries[i].line = in.raw(lengths_[i]);
    if (!in.ok() || !in.done()) return corrupt("lines do not fill the record");
    return {};
}

/// Unpacks the rest of the record and finds the lines in that.
Result<void> WalRecordDecoder::read_body(ByteReader& in) {
    batch_.body.packed = in.raw(in.remaining());
    SKALD_CHECK(unpack(batch_.body.packed));
    batch_.body.unpacked = unpacked_.view();
    ByteReader body(unpacked_.view());
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
        body.raw(gaps_[i]);
        batch_.entries[i].line = body.raw(lengths_[i]);
    }
    return body.ok() ? Result<void>() : corrupt("line outside the body");
}

Result<void> WalRecordDecoder::unpack(std::string_view packed) {
    std::size_t size = 0;
    // No element of the snappy format makes more than 64 bytes of 3: a larger claim is damage, and
    // must not size an allocation.
    if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size) ||
        size > kBodyBytesMax || size / 64 > packed.size() / 3 + 1) {
        return corrupt("malformed body");
    }
    if (unpacked_.capacity() < size || unpacked_.capacity() > std::max(kUnpackedKept, size)) {
        unpacked_ = Buffer(size);
    }
    unpacked_.resize(size);
    if (!snappy::RawUncompress(packed.data(), packed.size(), unpacked_.data())) {
        return corrupt("malformed body");
    }
    return {};
}

Result<const StreamBatch*> WalRecordDecoder::decode(std::string_view payload) {
    batch_.streams.clear();
    batch_.entries.clear();
    batch_.pairs.clear();
    batch_.body = {};
    ByteReader in(payload);
    const std::uint64_t version = in.varint();
    if (!in.ok()) return corrupt("empty");
    if (version != kWalRecordWithLines && version != kWalRecordWithBody) {
        return corrupt(("unknown version " + std::to_string(version)).c_str());
    }
    const bool with_body = version == kWalRecordWithBody;
    Result<TenantId> tenant = TenantId::parse(in.text());
    if (!in.ok() || !tenant) return corrupt("invalid tenant");
    batch_.tenant = *std::move(tenant);
    SKALD_CHECK(read_streams(in));
    SKALD_CHECK(read_times(in));
    SKALD_CHECK(read_lengths(in, with_body ? kBodyBytesMax : in.remaining()));
    if (with_body) {
        SKALD_CHECK(read_gaps(in));
    }
    SKALD_CHECK(read_levels(in));
    SKALD_CHECK(read_metadata(in));
    SKALD_CHECK(with_body ? read_body(in) : read_lines(in));
    return &batch_;
}

}  // namespace skald::write
