// SPDX-License-Identifier: Apache-2.0
#include "wal_record.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

namespace skald::write {
namespace {

using cluster::StreamBatch;

constexpr std::size_t kVarintMax = 10;
// Past so many levels in one batch a hash table finds them; real batches have about five.
constexpr std::size_t kLevelsSearched = 16;

/// ByteWriter over memory that is known to be large enough: no capacity check a byte.
class RawWriter {
public:
    explicit RawWriter(char* at) : at_(at) {}

    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            *at_++ = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        *at_++ = static_cast<char>(value);
    }
    void zigzag(std::int64_t value) {
        varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    void raw(std::string_view bytes) {
        if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }
    void text(std::string_view bytes) {
        varint(bytes.size());
        raw(bytes);
    }
    char* at() const { return at_; }

private:
    char* at_;
};

/// Difference that wraps around instead of overflowing; adding it back wraps to the same value.
TimeNs wrapping_difference(TimeNs a, TimeNs b) {
    return static_cast<TimeNs>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

std::span<const EntryView> entries_of(const StreamBatch& batch,
                                      const StreamBatch::StreamEntries& stream) {
    return std::span(batch.entries)
        .subspan(stream.entries_begin, stream.entries_end - stream.entries_begin);
}

std::size_t labels_size(const Labels& labels) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        size += labels[i].name.size() + labels[i].value.size() + 2 * kVarintMax;
    }
    return size;
}

/// What the batch holds, summed up before a byte is written.
struct BatchSize {
    std::size_t rows = 0;
    std::size_t line_bytes = 0;
    std::size_t level_bytes = 0;
    std::size_t pairs = 0;
    std::size_t pair_bytes = 0;
    std::size_t label_bytes = 0;

    /// Upper bound of the record's bytes.
    std::size_t bound(const StreamBatch& batch) const {
        return 64 + batch.tenant.text().size() + batch.streams.size() * 3 * kVarintMax +
               label_bytes + rows * 5 * kVarintMax + line_bytes + level_bytes + pair_bytes +
               pairs * 2 * kVarintMax;
    }
};

BatchSize size_of(const StreamBatch& batch) {
    BatchSize size;
    for (const auto& stream : batch.streams) {
        size.label_bytes += labels_size(stream.stream->labels);
        for (const EntryView& entry : entries_of(batch, stream)) {
            ++size.rows;
            size.line_bytes += entry.line.size();
            size.level_bytes += entry.level.size();
            size.pairs += entry.metadata_count;
            for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
                const LabelView& pair = batch.pairs[entry.metadata_begin + i];
                size.pair_bytes += pair.name.size() + pair.value.size();
            }
        }
    }
    return size;
}

/// Numbers the distinct levels of a batch from 1; 0 is "none".
class LevelNumbers {
public:
    std::uint32_t number_of(std::string_view level) {
        if (level.empty()) return 0;
        const std::size_t searched = std::min(names_.size(), kLevelsSearched);
        for (std::size_t i = 0; i < searched; ++i) {
            if (names_[i] == level) return static_cast<std::uint32_t>(i + 1);
        }
        if (searched == kLevelsSearched) {
            if (const auto found = others_.find(level); found != others_.end())
                return found->second;
        }
        names_.push_back(level);
        const auto number = static_cast<std::uint32_t>(names_.size());
        if (names_.size() > kLevelsSearched) others_.emplace(level, number);
        return number;
    }
    const std::vector<std::string_view>& names() const { return names_; }

private:
    std::vector<std::string_view> names_;
    std::unordered_map<std::string_view, std::uint32_t> others_;
};

/// Calls `use` with each entry, stream by stream.
template <class F>
void for_each_entry(const StreamBatch& batch, F&& use) {
    for (const auto& stream : batch.streams) {
        for (const EntryView& entry : entries_of(batch, stream)) use(entry);
    }
}

void write_streams(const StreamBatch& batch, RawWriter& out, std::string& scratch) {
    out.varint(batch.streams.size());
    for (const auto& stream : batch.streams) {
        scratch.clear();
        ByteWriter labels(scratch);
        const Labels& set = stream.stream->labels;
        for (std::size_t i = 0; i < set.size(); ++i) {
            labels.text(set[i].name);
            labels.text(set[i].value);
        }
        out.text(scratch);
        out.varint(stream.entries_end - stream.entries_begin);
    }
}

void write_levels(const StreamBatch& batch, RawWriter& out) {
    LevelNumbers levels;
    for_each_entry(batch, [&](const EntryView& e) { out.varint(levels.number_of(e.level)); });
    out.varint(levels.names().size());
    for (const std::string_view name : levels.names()) out.text(name);
}

void write_metadata(const StreamBatch& batch, RawWriter& out) {
    for_each_entry(batch, [&](const EntryView& e) { out.varint(e.metadata_count); });
    for_each_entry(batch, [&](const EntryView& entry) {
        for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
            const LabelView& pair = batch.pairs[entry.metadata_begin + i];
            out.text(pair.name);
            out.text(pair.value);
        }
    });
}

Error corrupt(const char* what) {
    return {ErrorCode::kCorruption, std::string("WAL record: ") + what};
}

}  // namespace

std::string_view encode_wal_record(const StreamBatch& batch, Buffer& out) {
    const BatchSize size = size_of(batch);
    const std::size_t bound = size.bound(batch);
    if (out.capacity() < bound) out = Buffer(bound);
    out.resize(bound);

    RawWriter writer(out.data());
    std::string scratch;
    writer.varint(kWalRecordVersion);
    writer.text(batch.tenant.text());
    write_streams(batch, writer, scratch);
    TimeNs previous = 0;
    for_each_entry(batch, [&](const EntryView& entry) {
        writer.zigzag(wrapping_difference(entry.time, previous));
        previous = entry.time;
    });
    for_each_entry(batch, [&](const EntryView& entry) { writer.varint(entry.line.size()); });
    writer.varint(size.level_bytes > 0 ? 1 : 0);
    if (size.level_bytes > 0) write_levels(batch, writer);
    writer.varint(size.pairs);
    if (size.pairs > 0) write_metadata(batch, writer);
    for_each_entry(batch, [&](const EntryView& entry) { writer.raw(entry.line); });

    const auto written = static_cast<std::size_t>(writer.at() - out.data());
    SKALD_ASSERT(written <= bound);
    out.resize(written);
    return out.view();
}

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

Result<void> WalRecordDecoder::read_lengths(ByteReader& in) {
    lengths_.resize(batch_.entries.size());
    std::uint64_t sum = 0;
    for (std::uint32_t& length : lengths_) {
        const std::uint64_t value = in.varint();
        if (value > in.remaining()) return corrupt("line longer than the record");
        length = static_cast<std::uint32_t>(value);
        sum += value;
    }
    if (!in.ok() || sum > in.remaining()) return corrupt("lines longer than the record");
    return {};
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

Result<const StreamBatch*> WalRecordDecoder::decode(std::string_view payload) {
    batch_.streams.clear();
    batch_.entries.clear();
    batch_.pairs.clear();
    ByteReader in(payload);
    const std::uint64_t version = in.varint();
    if (!in.ok()) return corrupt("empty");
    if (version != kWalRecordVersion) {
        return corrupt(("unknown version " + std::to_string(version)).c_str());
    }
    Result<TenantId> tenant = TenantId::parse(in.text());
    if (!in.ok() || !tenant) return corrupt("invalid tenant");
    batch_.tenant = *std::move(tenant);
    SKALD_CHECK(read_streams(in));
    TimeNs previous = 0;
    for (EntryView& entry : batch_.entries) {
        const auto delta = static_cast<std::uint64_t>(in.zigzag());
        previous = static_cast<TimeNs>(static_cast<std::uint64_t>(previous) + delta);
        entry.time = previous;
    }
    SKALD_CHECK(read_lengths(in));
    SKALD_CHECK(read_levels(in));
    SKALD_CHECK(read_metadata(in));
    SKALD_CHECK(read_lines(in));
    return &batch_;
}

}  // namespace skald::write
