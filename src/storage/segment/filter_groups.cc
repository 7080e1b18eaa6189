// SPDX-License-Identifier: Apache-2.0
#include "filter_groups.h"

#include "segment_format.h"
#include "table_compression.h"

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "filters: " + std::string(what)};
}

/// Empty if none of the blocks has a filter.
std::string encode_group(std::span<const std::string> filters) {
    std::uint64_t bytes = 0;
    for (const std::string& filter : filters) bytes += filter.size();
    // Blocks of gigabytes: they are scanned then.
    if (bytes == 0 || bytes > kFilterGroupBytesMax / 2) return {};
    std::string raw;
    ByteWriter out(raw);
    out.u8(kFilterGroupVersion);
    out.varint(filters.size());
    for (const std::string& filter : filters) out.varint(filter.size());
    for (const std::string& filter : filters) out.raw(filter);
    return raw;
}

Result<FilterSet> decode_group(Buffer raw, std::size_t blocks) {
    FilterSet set;
    set.bytes = std::move(raw);
    ByteReader in(set.bytes.view());
    const std::uint8_t version = in.u8();
    if (in.ok() && version != kFilterGroupVersion) {
        return corrupt("version " + std::to_string(version) + " is not known");
    }
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > blocks) return corrupt("impossible count");
    std::vector<std::uint64_t> sizes(count);
    for (std::uint64_t& size : sizes) size = in.varint();
    for (const std::uint64_t size : sizes) {
        std::optional<BlockFilter>& filter = set.blocks.emplace_back();
        const std::string_view bytes = in.raw(size);
        if (!in.ok()) return corrupt("cut short");
        if (bytes.empty()) continue;
        SKALD_TRY(filter, BlockFilter::decode(bytes));
    }
    if (!in.done()) return corrupt("bytes after the end");
    return set;
}

}  // namespace

Result<std::vector<FilterGroup>> write_filters(
    std::span<const std::string> filters, std::uint64_t offset,
    const std::function<Result<void>(std::string_view)>& write) {
    std::vector<FilterGroup> groups;
    for (; !filters.empty();
         filters = filters.subspan(std::min(filters.size(), kFilterGroupBlocks))) {
        FilterGroup& group = groups.emplace_back();
        group.offset = offset;
        const std::string raw =
            encode_group(filters.first(std::min(filters.size(), kFilterGroupBlocks)));
        if (raw.empty()) continue;
        const std::string stored = compress_table(raw);
        group.stored_size = static_cast<std::uint32_t>(stored.size());
        group.raw_size = static_cast<std::uint32_t>(raw.size());
        group.checksum = hash64(stored);
        SKALD_CHECK(write(stored));
        offset += stored.size();
    }
    const bool none = std::all_of(groups.begin(), groups.end(),
                                  [](const FilterGroup& group) { return group.stored_size == 0; });
    if (none) groups.clear();
    return groups;
}

void encode_filter_groups(const std::vector<FilterGroup>& groups, ByteWriter& out) {
    for (const FilterGroup& group : groups) {
        out.varint(group.stored_size);
        if (group.stored_size == 0) continue;
        out.varint(group.raw_size);
        out.u64(group.checksum);
    }
}

Result<std::vector<FilterGroup>> decode_filter_groups(ByteReader& in, std::size_t blocks,
                                                      std::uint64_t begin, std::uint64_t end) {
    std::vector<FilterGroup> groups((blocks + kFilterGroupBlocks - 1) / kFilterGroupBlocks);
    std::uint64_t total = 0;
    for (FilterGroup& group : groups) {
        const std::uint64_t stored = in.varint();
        if (!in.ok()) return corrupt("their list is cut short");
        if (stored == 0) continue;
        const std::uint64_t raw = in.varint();
        group.checksum = in.u64();
        if (raw > kFilterGroupBytesMax || stored > raw || raw > stored * kTableRatioMax) {
            return corrupt("impossible size");
        }
        group.stored_size = static_cast<std::uint32_t>(stored);
        group.raw_size = static_cast<std::uint32_t>(raw);
        total += stored;
    }
    if (begin > end || total > end - begin) return corrupt("they lie outside of their region");
    std::uint64_t offset = end - total;
    for (FilterGroup& group : groups) {
        group.offset = offset;
        offset += group.stored_size;
    }
    return groups;
}

Result<FilterSet> read_filters(const RangeReader& read, const FilterGroup& group,
                               std::size_t blocks) {
    SKALD_TRY(Buffer stored, read(group.offset, group.stored_size));
    if (stored.size() != group.stored_size || hash64(stored.view()) != group.checksum) {
        return corrupt("checksum mismatch");
    }
    SKALD_TRY(Buffer raw, decompress_table(std::move(stored), group.raw_size));
    return decode_group(std::move(raw), blocks);
}

}  // namespace skald::storage
