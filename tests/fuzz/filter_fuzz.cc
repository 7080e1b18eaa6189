// SPDX-License-Identifier: Apache-2.0
//
// Filters over arbitrary bytes: their decoders, and the filter of any text. Checksums are made to
// fit, or nothing behind them would be reached. Input: u8 what, then 0: a filter; 1: u8 blocks, u32
// raw size, a group's stored bytes; 2: lines.
#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/block/block_filter.h>
#include <skald/storage/segment/segment.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

void ask(const BlockFilter& filter) {
    FilterCondition condition;
    condition.require_any({FilterProbe::of_text("connection refused 10.0.0.1:8080"),
                           FilterProbe::of_metadata("trace_id", "4bf92f3577b34da6")});
    static_cast<void>(filter.may_hold(condition));
}

void check_filter(std::string_view bytes) {
    const Result<BlockFilter> filter = BlockFilter::decode(bytes);
    if (filter) ask(*filter);
}

void check_group(ByteReader& in) {
    const std::size_t blocks = in.u8();
    FilterGroup group;
    group.raw_size = std::min<std::uint32_t>(in.u32(), 1U << 20);
    const std::string_view stored = in.raw(in.remaining());
    group.stored_size = static_cast<std::uint32_t>(stored.size());
    group.checksum = hash64(stored);
    const RangeReader read = [&](std::uint64_t, std::size_t) -> Result<Buffer> {
        Buffer buffer(stored.size());
        if (!stored.empty()) std::memcpy(buffer.data(), stored.data(), stored.size());
        return buffer;
    };
    const Result<FilterSet> set = read_filters(read, group, blocks);
    if (!set) return;
    SKALD_ASSERT(set->blocks.size() <= blocks);
    for (const std::optional<BlockFilter>& filter : set->blocks) {
        if (filter) ask(*filter);
    }
}

/// Nothing of a text is denied by its filter.
void check_text(std::string_view lines) {
    std::string text(lines);
    text.push_back('\n');
    std::vector<std::uint32_t> offsets{0};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') offsets.push_back(static_cast<std::uint32_t>(i + 1));
    }
    BlockRows rows;
    rows.lines = LineColumn{text, OffsetColumn{offsets, nullptr}, nullptr};
    const std::string bytes = BlockFilter::build(rows);
    if (bytes.empty()) return;
    const Result<BlockFilter> filter = BlockFilter::decode(bytes);
    SKALD_ASSERT(filter.has_value());
    SKALD_ASSERT(filter->verify(rows).has_value());
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
        const std::string_view line = rows.lines.line(row);
        SKALD_ASSERT(filter->may_hold(FilterProbe::of_text(line)));
        SKALD_ASSERT(filter->may_hold(FilterProbe::of_text(line.substr(line.size() / 3))));
    }
}

}  // namespace
}  // namespace skald::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;           // NOLINT(google-build-using-namespace): a program.
    using namespace skald::storage;  // NOLINT(google-build-using-namespace)
    ByteReader in(std::string_view(reinterpret_cast<const char*>(bytes), size));
    switch (in.u8() % 3) {
        case 0: check_filter(in.raw(in.remaining())); break;
        case 1: check_group(in); break;
        default: check_text(in.raw(in.remaining())); break;
    }
    return 0;
}
