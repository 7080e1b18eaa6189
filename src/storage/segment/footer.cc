// SPDX-License-Identifier: Apache-2.0
#include "footer.h"

#include "segment_format.h"

#include <skald/foundation/base/bytes.h>

#include <limits>
#include <utility>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "segment footer: " + std::string(what)};
}

void encode_texts(const std::vector<std::string>& texts, ByteWriter& out) {
    out.varint(texts.size());
    for (const std::string& text : texts) out.text(text);
}

std::vector<std::string> decode_texts(ByteReader& in) {
    std::vector<std::string> texts;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) texts.emplace_back(in.text());
    return texts;
}

/// A varint that fits 32 bits; anything larger fails the reader.
std::uint32_t varint32(ByteReader& in) {
    const std::uint64_t value = in.varint();
    if (value > std::numeric_limits<std::uint32_t>::max()) in.fail();
    return in.ok() ? static_cast<std::uint32_t>(value) : 0;
}

void encode_region(const RegionSummary& region, ByteWriter& out) {
    out.text(region.tenant.text());
    out.zigzag(region.period);
    out.varint(region.table_offset);
    out.varint(region.table_stored_size);
    out.varint(region.table_raw_size);
    out.u64(region.table_checksum);
    out.varint(region.streams);
    out.varint(region.blocks);
    out.varint(region.rows);
    out.varint(region.line_bytes);
    out.zigzag(region.min_time);
    out.varint(static_cast<std::uint64_t>(region.max_time) -
               static_cast<std::uint64_t>(region.min_time));
    out.varint(0);  // Sections.
}

/// Sections are for what a reader can do without: those of a kind it does not know it passes over.
void skip_sections(ByteReader& in, std::uint64_t footer_offset) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        in.varint();  // Kind.
        const std::uint64_t offset = in.varint();
        const std::uint64_t stored_size = in.varint();
        in.varint();  // Size when decoded.
        in.u64();     // Checksum.
        if (offset > footer_offset || stored_size > footer_offset - offset) in.fail();
    }
}

Result<RegionSummary> decode_region(ByteReader& in, std::uint64_t footer_offset) {
    const std::string_view text = in.text();
    Result<TenantId> tenant = TenantId::parse(text);
    if (!in.ok() || !tenant || tenant->text() != text) return corrupt("bad tenant");
    RegionSummary region{.tenant = *std::move(tenant)};
    const std::int64_t period = in.zigzag();
    if (period < std::numeric_limits<std::int32_t>::min() ||
        period > std::numeric_limits<std::int32_t>::max()) {
        return corrupt("bad period");
    }
    region.period = static_cast<std::int32_t>(period);
    region.table_offset = in.varint();
    region.table_stored_size = varint32(in);
    region.table_raw_size = varint32(in);
    region.table_checksum = in.u64();
    region.streams = varint32(in);
    region.blocks = varint32(in);
    region.rows = in.varint();
    region.line_bytes = in.varint();
    region.min_time = in.zigzag();
    region.max_time =
        static_cast<TimeNs>(static_cast<std::uint64_t>(region.min_time) + in.varint());
    skip_sections(in, footer_offset);
    if (!in.ok()) return corrupt("cut short or malformed");
    if (region.table_offset < kSegmentHeaderSize || region.table_offset > footer_offset ||
        region.table_stored_size > footer_offset - region.table_offset ||
        region.min_time > region.max_time) {
        return corrupt("a region lies outside of the segment");
    }
    return region;
}

bool ascending(const RegionSummary& left, const RegionSummary& right) {
    return left.tenant != right.tenant ? left.tenant < right.tenant : left.period < right.period;
}

Result<void> decode_regions(ByteReader& in, std::uint64_t footer_offset, SegmentFooter& footer) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        SKALD_TRY(RegionSummary region, decode_region(in, footer_offset));
        if (!footer.regions.empty() && !ascending(footer.regions.back(), region)) {
            return corrupt("regions are not in order");
        }
        footer.regions.push_back(std::move(region));
    }
    return {};
}

}  // namespace

std::string encode_segment_header() {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kSegmentMagic);
    out.u32(kSegmentVersion);
    out.u32(0);
    return bytes;
}

std::string encode_footer(const SegmentFooter& footer) {
    std::string bytes;
    ByteWriter out(bytes);
    out.text(footer.id.text);
    out.varint(footer.level);
    out.varint(footer.generations.size());
    for (const GenerationId& generation : footer.generations) {
        out.text(generation.instance);
        out.varint(generation.number);
    }
    encode_texts(footer.replaces, out);
    encode_texts(footer.applied_deletes, out);
    if (footer.version >= kSetFooterVersion) encode_texts(footer.members, out);
    out.varint(footer.regions.size());
    for (const RegionSummary& region : footer.regions) encode_region(region, out);
    return bytes;
}

Result<SegmentFooter> decode_footer(std::string_view bytes, std::uint64_t footer_offset,
                                    std::uint32_t version) {
    ByteReader in(bytes);
    SegmentFooter footer;
    footer.version = version;
    const Result<SegmentId> id = SegmentId::parse(in.text());
    if (!id) return corrupt("bad segment name");
    footer.id = *id;
    footer.level = varint32(in);
    const std::uint64_t generations = in.varint();
    for (std::uint64_t i = 0; i < generations && in.ok(); ++i) {
        GenerationId generation;
        generation.instance = in.text();
        generation.number = in.varint();
        footer.generations.push_back(std::move(generation));
    }
    footer.replaces = decode_texts(in);
    footer.applied_deletes = decode_texts(in);
    if (version >= kSetFooterVersion) footer.members = decode_texts(in);
    SKALD_CHECK(decode_regions(in, footer_offset, footer));
    if (!in.ok() || !in.done()) return corrupt("cut short or malformed");
    return footer;
}

std::string Trailer::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u64(footer_offset);
    out.u32(footer_size);
    out.u32(version);
    out.u64(footer_checksum);
    out.raw(kTrailerMagic);
    return bytes;
}

Result<Trailer> Trailer::decode(std::string_view bytes, std::uint64_t object_size) {
    ByteReader in(bytes);
    Trailer trailer;
    trailer.footer_offset = in.u64();
    trailer.footer_size = in.u32();
    trailer.version = in.u32();
    trailer.footer_checksum = in.u64();
    const std::string_view magic = in.raw(kTrailerMagic.size());
    if (!in.ok() || magic != kTrailerMagic) return corrupt("not a segment, or cut short");
    if (trailer.version < kSegmentVersion || trailer.version > kSetFooterVersion) {
        return corrupt("version " + std::to_string(trailer.version) + " is not known");
    }
    if (trailer.footer_size > kFooterBytesMax || object_size < kSegmentHeaderSize + kTrailerSize ||
        trailer.footer_offset < kSegmentHeaderSize ||
        trailer.footer_offset > object_size - kTrailerSize ||
        trailer.footer_size != object_size - kTrailerSize - trailer.footer_offset) {
        return corrupt("it does not lie before the trailer");
    }
    return trailer;
}

}  // namespace skald::storage
