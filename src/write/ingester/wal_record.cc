// SPDX-License-Identifier: Apache-2.0
#include <skald/write/ingester/wal_record.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <span>

namespace skald::write {
namespace {

using cluster::StreamBatch;

constexpr std::size_t kVarintMax = 10;
// Past so many levels in one batch a hash table finds them; real batches have about five.
constexpr std::size_t kLevelsSearched = 16;
// The lines of smaller requests are compressed for less than what unpacking the body needs later.
constexpr std::size_t kBodyBytesMin = 256;

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
        // Mostly it is the very text that the row before had.
        if (level.data() != last_.data() || level.size() != last_.size()) {
            last_ = level;
            last_number_ = find(level);
        }
        return last_number_;
    }
    const std::vector<std::string_view>& names() const { return names_; }

private:
    std::uint32_t find(std::string_view level) {
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

    std::string_view last_;
    std::uint32_t last_number_ = 0;
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

/// Where the lines of a batch lie in its packed body, in the order of the entries.
class LinePlaces {
public:
    explicit LinePlaces(std::string_view unpacked)
        : next_(unpacked.data()), end_(unpacked.data() + unpacked.size()) {}

    /// Bytes between the line before and this one; nothing if the line is not behind that one in
    /// the body.
    std::optional<std::uint64_t> gap_before(std::string_view line) {
        if (line.empty()) return 0;
        const std::less<> before;  // Defined for pointers into different memory as well.
        if (before(line.data(), next_) || before(end_, line.data() + line.size()))
            return std::nullopt;
        const auto gap = static_cast<std::uint64_t>(line.data() - next_);
        next_ = line.data() + line.size();
        return gap;
    }

private:
    const char* next_;
    const char* end_;
};

/// Whether the record should hold the body instead of the lines: if that takes about as little
/// room as compressing them would, and all of them are there, one behind the other.
bool keeps_body(const StreamBatch& batch, const BatchSize& size) {
    const PackedBody& body = batch.body;
    if (body.packed.size() < kBodyBytesMin || body.packed.size() > body.unpacked.size() / 2 ||
        size.line_bytes < body.unpacked.size() / 2 || size.pair_bytes > body.packed.size() / 2) {
        return false;
    }
    LinePlaces places(body.unpacked);
    bool inside = true;
    for_each_entry(batch,
                   [&](const EntryView& e) { inside &= places.gap_before(e.line).has_value(); });
    return inside;
}

void write_gaps(const StreamBatch& batch, RawWriter& out) {
    LinePlaces places(batch.body.unpacked);
    for_each_entry(batch, [&](const EntryView& e) { out.varint(*places.gap_before(e.line)); });
}

}  // namespace

WalPayload encode_wal_record(const StreamBatch& batch, Buffer& out) {
    const BatchSize size = size_of(batch);
    const bool with_body = keeps_body(batch, size);
    const std::size_t bound = size.bound(batch) - (with_body ? size.line_bytes : 0);
    if (out.capacity() < bound) out = Buffer(bound);
    out.resize(bound);

    RawWriter writer(out.data());
    std::string scratch;
    writer.varint(with_body ? kWalRecordWithBody : kWalRecordWithLines);
    writer.text(batch.tenant.text());
    write_streams(batch, writer, scratch);
    TimeNs previous = 0;
    for_each_entry(batch, [&](const EntryView& entry) {
        writer.zigzag(wrapping_difference(entry.time, previous));
        previous = entry.time;
    });
    for_each_entry(batch, [&](const EntryView& entry) { writer.varint(entry.line.size()); });
    if (with_body) write_gaps(batch, writer);
    writer.varint(size.level_bytes > 0 ? 1 : 0);
    if (size.level_bytes > 0) write_levels(batch, writer);
    writer.varint(size.pairs);
    if (size.pairs > 0) write_metadata(batch, writer);
    if (!with_body) {
        for_each_entry(batch, [&](const EntryView& entry) { writer.raw(entry.line); });
    }

    const auto written = static_cast<std::size_t>(writer.at() - out.data());
    SKALD_ASSERT(written <= bound);
    out.resize(written);
    return {out.view(), with_body ? batch.body.packed : std::string_view()};
}

}  // namespace skald::write
