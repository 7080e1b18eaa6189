// SPDX-License-Identifier: Apache-2.0
#include "bit_packing.h"
#include "block_format.h"
#include "columns.h"

#include <algorithm>
#include <array>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "dictionary column: " + std::string(what)};
}

/// Appends {index, length} of each run of equal rows. Gives up, leaving `out` as it was, once that
/// takes `size_max` bytes: then packing is the smaller one.
bool encode_runs(const std::vector<std::uint32_t>& rows, std::size_t size_max, std::string& out) {
    const std::size_t begin = out.size();
    ByteWriter writer(out);
    writer.u8(kRowsAsRuns);
    for (std::size_t row = 0; row < rows.size();) {
        std::size_t end = row + 1;
        while (end < rows.size() && rows[end] == rows[row]) ++end;
        writer.varint(rows[row]);
        writer.varint(end - row);
        if (out.size() - begin >= size_max) {
            out.resize(begin);
            return false;
        }
        row = end;
    }
    return true;
}

void encode_packed(const std::vector<std::uint32_t>& rows, unsigned width, std::string& out) {
    ByteWriter writer(out);
    writer.u8(kRowsPacked);
    writer.u8(static_cast<std::uint8_t>(width));
    std::array<std::uint64_t, kPackGroup> group;
    for (std::size_t row = 0; row < rows.size(); row += kPackGroup) {
        const std::size_t count = std::min<std::size_t>(kPackGroup, rows.size() - row);
        std::copy_n(&rows[row], count, group.begin());
        pack({group.data(), count}, width, out);
    }
}

Result<void> decode_runs(ByteReader& in, std::size_t values, std::vector<std::uint32_t>& rows) {
    for (std::size_t row = 0; row < rows.size();) {
        const std::uint64_t index = in.varint();
        const std::uint64_t length = in.varint();
        if (!in.ok() || index >= values || length == 0 || length > rows.size() - row) {
            return corrupt("bad run");
        }
        std::fill_n(rows.begin() + static_cast<std::ptrdiff_t>(row), length,
                    static_cast<std::uint32_t>(index));
        row += length;
    }
    return {};
}

Result<void> decode_packed(ByteReader& in, std::size_t values, std::vector<std::uint32_t>& rows) {
    const unsigned width = in.u8();
    if (width > 32) return corrupt("bad width");
    std::size_t readable = in.remaining();
    const std::string_view packed = in.raw(packed_size(rows.size(), width));
    if (!in.ok()) return corrupt("cut short");
    const char* bytes = packed.data();
    std::array<std::uint64_t, kPackGroup> group;
    std::uint64_t largest = 0;
    for (std::size_t row = 0; row < rows.size(); row += kPackGroup) {
        const auto count =
            static_cast<std::uint32_t>(std::min<std::size_t>(kPackGroup, rows.size() - row));
        unpack(bytes, readable, count, width, group.data());
        for (std::uint32_t i = 0; i < count; ++i) {
            largest = std::max(largest, group[i]);
            rows[row + i] = static_cast<std::uint32_t>(group[i]);
        }
        const std::size_t used = packed_size(count, width);
        bytes += used;
        readable -= used;
    }
    if (largest >= values) return corrupt("index outside the dictionary");
    return {};
}

Result<void> decode_values(ByteReader& in, MetadataColumn& column) {
    const std::uint64_t count = in.varint();
    // A value is at least one byte and its length another: a larger count is a lie.
    if (count > in.remaining() / 2) return corrupt("more values than bytes");
    std::vector<std::uint64_t> lengths(count);
    for (std::uint64_t& length : lengths) length = in.varint();
    column.values.reserve(count + 1);
    column.values.emplace_back();
    for (const std::uint64_t length : lengths) {
        if (length == 0) return corrupt("empty value");
        column.values.push_back(in.raw(length));
    }
    if (!in.ok()) return corrupt("cut short");
    return {};
}

}  // namespace

void encode_dictionary_column(const MetadataColumn& column, std::string& out) {
    ByteWriter writer(out);
    writer.varint(column.values.size() - 1);
    for (std::size_t i = 1; i < column.values.size(); ++i) writer.varint(column.values[i].size());
    for (std::size_t i = 1; i < column.values.size(); ++i) writer.raw(column.values[i]);
    const unsigned width = width_of(column.values.size() - 1);
    const std::size_t packed = 2 + packed_size(column.rows.size(), width);
    if (!encode_runs(column.rows, packed, out)) encode_packed(column.rows, width, out);
}

Result<MetadataColumn> decode_dictionary_column(ByteReader& in, std::uint32_t rows) {
    MetadataColumn column;
    SKALD_CHECK(decode_values(in, column));
    column.rows.resize(rows);
    const std::uint8_t mode = in.u8();
    if (!in.ok()) return corrupt("cut short");
    if (mode == kRowsAsRuns) {
        SKALD_CHECK(decode_runs(in, column.values.size(), column.rows));
    } else if (mode == kRowsPacked) {
        SKALD_CHECK(decode_packed(in, column.values.size(), column.rows));
    } else {
        return corrupt("unknown encoding of rows");
    }
    return column;
}

}  // namespace skald::storage
