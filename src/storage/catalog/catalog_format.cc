// SPDX-License-Identifier: Apache-2.0
#include "catalog_format.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::size_t kIdBytes = 16;

// Big-endian, so that the order of keys is the order of numbers.
template <class T>
void append_ordered(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift));
}

template <class T>
T load_ordered(std::string_view bytes) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = static_cast<T>(value << 8) | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

// Signed numbers sort as unsigned ones with the sign turned over.
constexpr std::uint32_t kPeriodBias = 0x8000'0000U;

void append_length_prefixed(std::string& out, std::string_view text) {
    ByteWriter writer(out);
    writer.text(text);
}

std::string key_of(RowKind kind) {
    return {static_cast<char>(kind)};
}

void write_generations(const std::vector<GenerationId>& generations, ByteWriter& out) {
    out.varint(generations.size());
    for (const GenerationId& generation : generations) {
        out.text(generation.instance);
        out.varint(generation.number);
    }
}

bool read_generations(ByteReader& in, std::vector<GenerationId>& out) {
    const std::uint64_t count = in.varint();
    // Each takes two bytes at least.
    if (count > in.remaining() / 2) return false;
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        GenerationId generation;
        generation.instance = in.text();
        generation.number = in.varint();
        out.push_back(std::move(generation));
    }
    return in.ok();
}

void write_texts(const std::vector<std::string>& texts, ByteWriter& out) {
    out.varint(texts.size());
    for (const std::string& text : texts) out.text(text);
}

bool read_texts(ByteReader& in, std::vector<std::string>& out) {
    const std::uint64_t count = in.varint();
    if (count > in.remaining()) return false;
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) out.emplace_back(in.text());
    return in.ok();
}

}  // namespace

Error malformed(std::string_view what) {
    return {ErrorCode::kCorruption, "catalog: malformed " + std::string(what) + " row"};
}

std::string version_key() {
    return key_of(RowKind::kVersion);
}

std::string version_value() {
    std::string value;
    ByteWriter(value).u32(kCatalogVersion);
    return value;
}

std::string tenant_prefix(RowKind kind, const TenantId& tenant) {
    std::string key = key_of(kind);
    key += tenant.text();
    key += '\0';
    return key;
}

std::string shelf_prefix(RowKind kind, const Shelf& shelf) {
    std::string key = tenant_prefix(kind, shelf.tenant);
    append_ordered(key, static_cast<std::uint32_t>(shelf.period) ^ kPeriodBias);
    return key;
}

std::string end_of_prefix(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
    if (!prefix.empty()) ++prefix.back();
    return prefix;
}

std::string segment_key(const SegmentId& segment) {
    return key_of(RowKind::kSegment) + segment.text;
}

std::string hidden_key(const SegmentId& segment) {
    return key_of(RowKind::kHidden) + segment.text;
}

std::string instance_prefix(std::string_view instance) {
    std::string key = key_of(RowKind::kGeneration);
    append_length_prefixed(key, instance);
    return key;
}

std::string generation_key(const GenerationId& generation, const SegmentId& segment) {
    std::string key = instance_prefix(generation.instance);
    append_ordered(key, generation.number);
    return key + segment.text;
}

Result<std::uint64_t> generation_number(std::string_view rest) {
    if (rest.size() < sizeof(std::uint64_t)) return malformed("generation");
    return load_ordered<std::uint64_t>(rest.substr(0, sizeof(std::uint64_t)));
}

std::string shelf_key(RowKind kind, const Shelf& shelf, const SegmentId& segment) {
    return shelf_prefix(kind, shelf) + segment.text;
}

std::string numbered_key(RowKind kind, const Shelf& shelf, std::uint32_t first) {
    std::string key = shelf_prefix(kind, shelf);
    append_ordered(key, first);
    return key;
}

std::string posting_name_prefix(const Shelf& shelf, std::string_view name) {
    std::string key = shelf_prefix(RowKind::kPosting, shelf);
    append_length_prefixed(key, name);
    return key;
}

std::string posting_prefix(const Shelf& shelf, const LabelView& label) {
    std::string key = posting_name_prefix(shelf, label.name);
    key += label.value;
    key += '\0';
    return key;
}

std::uint32_t number_of(std::string_view key) {
    return load_ordered<std::uint32_t>(key.substr(key.size() - kNumberBytes));
}

std::string encode_segment(const SegmentFooter& footer) {
    std::string value;
    ByteWriter out(value);
    out.varint(footer.level);
    write_generations(footer.generations, out);
    write_texts(footer.replaces, out);
    write_texts(footer.applied_deletes, out);
    write_texts(footer.members, out);
    out.varint(footer.regions.size());
    for (const RegionSummary& region : footer.regions) {
        out.text(region.tenant.text());
        out.zigzag(region.period);
    }
    return value;
}

Result<SegmentRow> decode_segment(std::string_view value) {
    ByteReader in(value);
    SegmentRow row;
    row.level = static_cast<std::uint32_t>(in.varint());
    if (!read_generations(in, row.generations) || !read_texts(in, row.replaces) ||
        !read_texts(in, row.applied_deletes) || !read_texts(in, row.members))
        return malformed("segment");
    const std::uint64_t count = in.varint();
    if (count > in.remaining() / 2) return malformed("segment");
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string_view tenant = in.text();
        const std::int64_t period = in.zigzag();
        if (!in.ok()) return malformed("segment");
        SKALD_TRY(TenantId parsed, TenantId::parse(tenant));
        row.shelves.push_back({std::move(parsed), static_cast<std::int32_t>(period)});
    }
    if (!in.done()) return malformed("segment");
    return row;
}

std::string encode_region(const RegionSummary& region,
                          const std::vector<GenerationId>& generations) {
    std::string value;
    ByteWriter out(value);
    out.varint(region.table_offset);
    out.varint(region.table_stored_size);
    out.varint(region.table_raw_size);
    out.u64(region.table_checksum);
    out.varint(region.streams);
    out.varint(region.blocks);
    out.varint(region.rows);
    out.varint(region.line_bytes);
    out.i64(region.min_time);
    out.i64(region.max_time);
    write_generations(generations, out);
    return value;
}

Result<Shelf> decode_shelf(std::string_view key) {
    const std::size_t end = key.find('\0');
    if (end == std::string_view::npos || key.size() < end + 1 + sizeof(std::uint32_t))
        return malformed("region");
    SKALD_TRY(TenantId tenant, TenantId::parse(key.substr(1, end - 1)));
    const auto period = load_ordered<std::uint32_t>(key.substr(end + 1, sizeof(std::uint32_t)));
    return Shelf{std::move(tenant), static_cast<std::int32_t>(period ^ kPeriodBias)};
}

Result<CatalogRegion> decode_region(std::string_view key, std::string_view value) {
    SKALD_TRY(Shelf shelf, decode_shelf(key));
    const std::size_t name_at = 1 + shelf.tenant.text().size() + 1 + sizeof(std::uint32_t);
    CatalogRegion region{{std::string(key.substr(std::min(name_at, key.size())))},
                         RegionSummary{.tenant = std::move(shelf.tenant), .period = shelf.period},
                         {}};
    ByteReader in(value);
    RegionSummary& summary = region.summary;
    summary.table_offset = in.varint();
    summary.table_stored_size = static_cast<std::uint32_t>(in.varint());
    summary.table_raw_size = static_cast<std::uint32_t>(in.varint());
    summary.table_checksum = in.u64();
    summary.streams = static_cast<std::uint32_t>(in.varint());
    summary.blocks = static_cast<std::uint32_t>(in.varint());
    summary.rows = in.varint();
    summary.line_bytes = in.varint();
    summary.min_time = in.i64();
    summary.max_time = in.i64();
    if (!read_generations(in, region.generations) || !in.done()) return malformed("region");
    return region;
}

std::string encode_labels(std::span<const StreamPtr> streams) {
    std::string value;
    ByteWriter out(value);
    out.varint(streams.size());
    const Labels none;
    const Labels* before = &none;
    for (const StreamPtr& stream : streams) {
        const Labels& labels = stream->labels;
        std::size_t shared = 0;
        while (shared < labels.size() && shared < before->size() &&
               labels[shared] == (*before)[shared])
            ++shared;
        out.varint(shared);
        out.varint(labels.size() - shared);
        for (std::size_t i = shared; i < labels.size(); ++i) {
            out.text(labels[i].name);
            out.text(labels[i].value);
        }
        before = &labels;
    }
    return value;
}

LabelRowReader::LabelRowReader(std::string_view value) : in_(value), left_(in_.varint()) {
    if (left_ > kLabelsPerRow) in_.fail();
}

const std::vector<LabelView>* LabelRowReader::next() {
    if (left_ == 0 || !in_.ok()) return nullptr;
    --left_;
    const std::uint64_t shared = in_.varint();
    const std::uint64_t more = in_.varint();
    if (shared > pairs_.size() || more > in_.remaining() / 2) in_.fail();
    if (!in_.ok()) return nullptr;
    pairs_.resize(shared);
    for (std::uint64_t i = 0; i < more; ++i) {
        const std::string_view name = in_.text();
        const std::string_view value = in_.text();
        pairs_.push_back({name, value});
    }
    return in_.ok() ? &pairs_ : nullptr;
}

std::string encode_ids(std::span<const StreamPtr> streams) {
    std::string value;
    value.reserve(streams.size() * kIdBytes);
    ByteWriter out(value);
    for (const StreamPtr& stream : streams) {
        out.u64(stream->id.high);
        out.u64(stream->id.low);
    }
    return value;
}

bool decode_ids(std::string_view value, std::vector<StreamId>& out) {
    if (value.size() % kIdBytes != 0) return false;
    ByteReader in(value);
    while (!in.done()) {
        StreamId id;
        id.high = in.u64();
        id.low = in.u64();
        out.push_back(id);
    }
    return true;
}

}  // namespace skald::storage
