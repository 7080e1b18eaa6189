// SPDX-License-Identifier: Apache-2.0
//
// Builds a block's filter. Each gram sets a byte of a table, which needs no look at what is there
// already; the table becomes bits at the end, fewer of them if few bytes are set.
#include "filter_hash.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string>

namespace skald::storage {

namespace {

/// Rows with fewer bytes are looked at sooner than their filter.
constexpr std::size_t kRawBytesMin = 1024;
/// Bits for 100 bytes of lines and metadata: 3.4 % of them.
constexpr std::uint64_t kBitsPer100Bytes = 27;
/// More would not let fewer blocks pass to speak of.
constexpr double kBitsPerGram = 5;
/// The table's size is a multiple of this, so that it can be divided by each of kDivisors.
constexpr std::uint32_t kStep = 96;
constexpr std::array<std::uint32_t, 8> kDivisors = {1, 2, 3, 4, 6, 8, 16, 32};

/// Places that are hashed together, with those in front of the last grams.
constexpr std::size_t kChunk = 256;
constexpr std::size_t kReach = kChunk + 4;

/// What is set for each hash: bytes [0, size), and one more that takes what is not to be set.
struct Table {
    unsigned char* seen = nullptr;
    std::uint32_t size = 0;

    void set(std::uint32_t hash) const { seen[(std::uint64_t{hash} * size) >> 32] = 1; }
};

#if defined(__x86_64__)
#define SKALD_AVX2 __attribute__((target("avx2")))
#else
#define SKALD_AVX2
#endif

/// Classes and places of kChunk grams; in loops that a compiler makes vector code of.
struct ChunkPlaces {
    std::array<std::uint8_t, kReach> digit;
    std::array<std::uint8_t, kReach> newline;
    std::array<std::uint32_t, kChunk> four;
    std::array<std::uint32_t, kChunk> five;

    /// Reads kReach bytes.
    [[gnu::always_inline]] inline void find(const unsigned char* text, std::uint32_t size) {
        for (std::size_t i = 0; i < kReach; ++i) {
            digit[i] = static_cast<std::uint8_t>(text[i] - '0') < 10 ? 1 : 0;
            newline[i] = text[i] == '\n' ? 1 : 0;
        }
        for (std::size_t i = 0; i < kChunk; ++i) {
            const std::uint32_t first = text[i] | (std::uint32_t{text[i + 1]} << 8) |
                                        (std::uint32_t{text[i + 2]} << 16) |
                                        (std::uint32_t{text[i + 3]} << 24);
            const GramHashes hashes = hash_grams(first, text[i + 4]);
            const std::uint32_t digits = digit[i] | digit[i + 1] | digit[i + 2] | digit[i + 3];
            const std::uint32_t number = digit[i] & digit[i + 1] & digit[i + 2] & digit[i + 3];
            const std::uint32_t newlines =
                newline[i] | newline[i + 1] | newline[i + 2] | newline[i + 3];
            const std::uint32_t sampled = is_sampled(hashes.five);
            const std::uint32_t drop_four = digits | newlines;
            const std::uint32_t drop_five =
                newlines | newline[i + 4] | (digits & ((sampled | number) ^ 1U));
            const auto place_four =
                static_cast<std::uint32_t>((std::uint64_t{hashes.four} * size) >> 32);
            const auto place_five =
                static_cast<std::uint32_t>((std::uint64_t{hashes.five} * size) >> 32);
            four[i] = drop_four != 0 ? size : place_four;
            five[i] = drop_five != 0 ? size : place_five;
        }
    }
};

/// Marks the grams that begin in the first places of the text; returns how many.
[[gnu::always_inline]] inline std::size_t mark_chunks(std::string_view text, Table table) {
    ChunkPlaces places;
    std::size_t at = 0;
    for (; at + kReach <= text.size(); at += kChunk) {
        places.find(reinterpret_cast<const unsigned char*>(text.data()) + at, table.size);
        for (const std::uint32_t place : places.four) table.seen[place] = 1;
        for (const std::uint32_t place : places.five) table.seen[place] = 1;
    }
    return at;
}

SKALD_AVX2 std::size_t mark_chunks_avx2(std::string_view text, Table table) {
    return mark_chunks(text, table);
}
std::size_t mark_chunks_plain(std::string_view text, Table table) {
    return mark_chunks(text, table);
}

void mark_text(std::string_view text, Table table) {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    const auto mark = has_avx2 ? mark_chunks_avx2 : mark_chunks_plain;
#else
    const auto mark = mark_chunks_plain;
#endif
    const std::size_t done = mark(text, table);
    visit_grams(text.substr(done), [&](std::uint32_t hash) { table.set(hash); });
}

void mark_column(const MetadataColumn& column, Table table) {
    const std::uint64_t name = hash64(column.name);
    // Value 0 stands for rows without one.
    for (std::size_t i = 1; i < column.values.size(); ++i) {
        for (const std::uint32_t hash : hash_pair(hash64(column.values[i]) + name)) table.set(hash);
    }
}

std::uint64_t metadata_bytes(const MetadataColumn& column) {
    std::uint64_t bytes = 0;
    for (const std::string_view value : column.values) bytes += column.name.size() + value.size();
    return bytes;
}

/// The table as bits, `divisor` bytes each.
void append_bits(const Table& table, std::uint32_t divisor, std::string& out) {
    const std::uint32_t size = table.size / divisor;
    const unsigned char* seen = table.seen;
    ByteWriter writer(out);
    writer.varint(size);
    std::string bits((size + 7) / 8, '\0');
    for (std::uint32_t i = 0; i < size; ++i) {
        unsigned any = 0;
        for (std::uint32_t k = 0; k < divisor; ++k) any |= *seen++;
        bits[i / 8] = static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | any << (i % 8));
    }
    out += bits;
}

/// The largest by which the table can be divided and still have enough bits for its grams.
std::uint32_t divisor_of(const Table& table) {
    const auto set = static_cast<double>(std::count(table.seen, table.seen + table.size, 1));
    const auto size = static_cast<double>(table.size);
    // Grams that share a byte count too.
    const double grams = -size * std::log1p(-std::min(set / size, 0.999));
    std::uint32_t best = 1;
    for (const std::uint32_t divisor : kDivisors) {
        if (size / divisor >= grams * kBitsPerGram) best = divisor;
    }
    return best;
}

/// Tables of unusual blocks are given back.
constexpr std::size_t kScratchKeep = 1U << 20;

}  // namespace

std::string BlockFilter::build(const BlockRows& rows) {
    thread_local std::string scratch;
    std::uint64_t raw = rows.lines.text.size();
    if (rows.levels != nullptr) raw += metadata_bytes(*rows.levels);
    if (rows.metadata != nullptr) {
        for (const MetadataColumn& column : rows.metadata->columns) raw += metadata_bytes(column);
    }
    if (raw < kRawBytesMin) return {};
    const std::uint64_t wanted =
        std::min<std::uint64_t>(raw * kBitsPer100Bytes / 100, kFilterBitsMax - kStep);
    const auto size = static_cast<std::uint32_t>(wanted / kStep + 1) * kStep;
    scratch.assign(std::size_t{size} + 1, '\0');
    const Table table{reinterpret_cast<unsigned char*>(scratch.data()), size};
    mark_text(rows.lines.text, table);
    if (rows.levels != nullptr) mark_column(*rows.levels, table);
    if (rows.metadata != nullptr) {
        for (const MetadataColumn& column : rows.metadata->columns) mark_column(column, table);
    }
    std::string out;
    append_bits(table, divisor_of(table), out);
    if (scratch.capacity() > kScratchKeep) std::string().swap(scratch);
    return out;
}

}  // namespace skald::storage
