// SPDX-License-Identifier: Apache-2.0
//
// The decoders of a segment over arbitrary bytes. Checksums are made to fit, or nothing behind them
// would be reached. Input: u8 what, then 0: an object; 1: a footer; 2: u32 rows, u32 line bytes, a
// region table.
#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/segment/segment.h>

#include <cstring>
#include <string>

namespace skald::storage {
namespace {

RangeReader reader_of(const std::string& object) {
    return [&object](std::uint64_t offset, std::size_t length) -> Result<Buffer> {
        if (offset > object.size()) return Buffer();
        const std::string_view part = std::string_view(object).substr(offset, length);
        Buffer buffer(part.size());
        if (!part.empty()) std::memcpy(buffer.data(), part.data(), part.size());
        return buffer;
    };
}

void check_object(const std::string& object) {
    const auto footer = read_footer(reader_of(object), object.size());
    if (!footer) return;
    for (const RegionSummary& region : footer->regions) {
        static_cast<void>(read_region(reader_of(object), region));
    }
}

void check_footer(std::string_view footer) {
    for (const std::uint32_t version : {1U, 2U}) {
        std::string object(16, '\0');
        object.append(footer);
        ByteWriter out(object);
        out.u64(16);
        out.u32(static_cast<std::uint32_t>(footer.size()));
        out.u32(version);
        out.u64(hash64(footer));
        out.raw("SKALDEND");
        check_object(object);
    }
}

void check_table(const RegionTable& table) {
    for (const RunEntry& run : table.runs) {
        SKALD_ASSERT(run.stream < table.streams.size() && run.block < table.blocks.size());
        const BlockSummary& block = table.blocks[run.block].header.summary;
        SKALD_ASSERT(run.row_begin < run.row_end && run.row_end <= block.rows);
        SKALD_ASSERT(run.min_time <= run.max_time && run.min_time >= block.min_time &&
                     run.max_time <= block.max_time);
    }
}

void check_region(ByteReader& in) {
    RegionSummary region{.tenant = TenantId::anonymous()};
    region.rows = in.u32();
    region.line_bytes = in.u32();
    const std::string table(in.raw(in.remaining()));
    ByteReader counts(table);
    counts.u8();
    region.streams = static_cast<std::uint32_t>(counts.varint());
    region.blocks = static_cast<std::uint32_t>(counts.varint());
    const std::string object = std::string(4096, '\0') + table;
    region.table_offset = 4096;
    region.table_stored_size = region.table_raw_size = static_cast<std::uint32_t>(table.size());
    region.table_checksum = hash64(table);
    if (const auto read = read_region(reader_of(object), region)) check_table(*read);
}

}  // namespace
}  // namespace skald::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;           // NOLINT(google-build-using-namespace): a program.
    using namespace skald::storage;  // NOLINT(google-build-using-namespace)
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    ByteReader in(input);
    switch (in.u8() % 3) {
        case 0: check_object(std::string(in.raw(in.remaining()))); break;
        case 1: check_footer(in.raw(in.remaining())); break;
        default: check_region(in); break;
    }
    return 0;
}
