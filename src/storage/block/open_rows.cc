// SPDX-License-Identifier: Apache-2.0
#include "open_rows.h"

#include "tie_index.h"

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

/// Order matters, and pairs are always in the order of their names.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
    return (hash ^ hash64(text)) * kOdd + (hash >> 29);
}

/// Compares with a text whose size the compiler knows: no call.
template <std::size_t kCode>
bool has_code(std::string_view level) {
    constexpr std::string_view kName = kLevelNames[kCode];
    if (level.size() != kName.size()) return false;
    if constexpr (kName.empty()) return true;
    return std::memcmp(level.data(), kName.data(), kName.size()) == 0;
}

template <std::size_t... kCodes>
std::uint8_t code_among(std::string_view level, std::index_sequence<kCodes...>) {
    std::uint8_t code = kLevelInPairs;
    static_cast<void>(
        ((has_code<kCodes>(level) && (code = static_cast<std::uint8_t>(kCodes), true)) || ...));
    return code;
}

bool by_row(const MetadataPair& pair, std::uint32_t row) {
    return pair.row < row;
}

}  // namespace

std::uint8_t level_code(std::string_view level) {
    return code_among(level, std::make_index_sequence<kLevelNames.size()>());
}

std::size_t OpenMetadata::memory_bytes() const {
    return sizeof *this + names.memory_bytes() + values.memory_bytes() + pairs.memory_bytes() +
           name_index.memory_bytes() + value_index.memory_bytes();
}

std::size_t OpenRows::memory_bytes() const {
    return rows_.memory_bytes() + (metadata_ == nullptr ? 0 : metadata_->memory_bytes());
}

std::span<const MetadataPair> OpenRows::pairs_of(std::uint32_t row) const {
    if (metadata_ == nullptr) return {};
    const std::span<const MetadataPair> all = metadata_->pairs.span();
    if (all.empty() || all.back().row < row) return {};
    const auto begin = std::lower_bound(all.begin(), all.end(), row, by_row);
    auto end = begin;
    while (end != all.end() && end->row == row) ++end;
    return {begin, end};
}

std::string_view OpenRows::level_of(std::uint32_t row, std::span<const MetadataPair> pairs) const {
    const std::uint8_t code = rows_.levels()[row];
    return code == kLevelInPairs ? metadata_->value(pairs.front()) : kLevelNames[code];
}

std::uint64_t OpenRows::hash_of(std::uint32_t row) const {
    const std::span<const MetadataPair> pairs = pairs_of(row);
    std::uint64_t hash = mix(hash64(rows_.line(row)), level_of(row, pairs));
    for (const MetadataPair& pair : pairs) {
        if (pair.name == kLevelPair) continue;
        hash = mix(mix(hash, metadata_->name(pair)), metadata_->value(pair));
    }
    return hash;
}

std::uint64_t OpenRows::hash_of(const IncomingRow& row) {
    std::uint64_t hash = mix(hash64(row.line), row.level);
    for (const LabelView& pair : row.pairs) {
        if (!pair.value.empty()) hash = mix(mix(hash, pair.name), pair.value);
    }
    return hash;
}

bool OpenRows::equal(std::uint32_t left, std::uint32_t right) const {
    // No level is both a code and a pair, and equal strings have equal numbers.
    if (rows_.levels()[left] != rows_.levels()[right] || rows_.line(left) != rows_.line(right)) {
        return false;
    }
    const auto left_pairs = pairs_of(left);
    const auto right_pairs = pairs_of(right);
    return std::equal(left_pairs.begin(), left_pairs.end(), right_pairs.begin(), right_pairs.end(),
                      [](const MetadataPair& a, const MetadataPair& b) {
                          return a.name == b.name && a.value == b.value;
                      });
}

bool OpenRows::equal(std::uint32_t left, const IncomingRow& right) const {
    if (rows_.line(left) != right.line) return false;
    std::span<const MetadataPair> pairs = pairs_of(left);
    if (level_of(left, pairs) != right.level) return false;
    if (rows_.levels()[left] == kLevelInPairs) pairs = pairs.subspan(1);
    std::size_t i = 0;
    for (const LabelView& pair : right.pairs) {
        if (pair.value.empty()) continue;
        if (i == pairs.size() || metadata_->name(pairs[i]) != pair.name ||
            metadata_->value(pairs[i]) != pair.value) {
            return false;
        }
        ++i;
    }
    return i == pairs.size();
}

std::uint64_t OpenRows::metadata_bytes_of(std::uint32_t row) const {
    std::uint64_t bytes = 0;
    const std::uint8_t code = rows_.levels()[row];
    if (code != 0 && code != kLevelInPairs) {
        bytes = kDetectedLevel.size() + kLevelNames[code].size();
    }
    for (const MetadataPair& pair : pairs_of(row)) {
        bytes += metadata_->name(pair).size() + metadata_->value(pair).size();
    }
    return bytes;
}

OpenMetadata& OpenRows::writable_metadata() {
    if (metadata_ == nullptr) {
        metadata_ = std::make_unique<OpenMetadata>();
        metadata_->name_index.intern(kDetectedLevel, metadata_->names);
    }
    return *metadata_;
}

void OpenRows::append(const IncomingRow& row) {
    const std::uint8_t code = level_code(row.level);
    if (code != 0) metadata_bytes_ += kDetectedLevel.size() + row.level.size();
    if (code == kLevelInPairs || !row.pairs.empty()) append_pairs(row, code);
    rows_.append(row.time, row.line, code);
}

void OpenRows::append_pairs(const IncomingRow& row, std::uint8_t code) {
    OpenMetadata& metadata = writable_metadata();
    const auto add = [&](std::uint32_t name, std::string_view value) {
        metadata.pairs.push_back(
            {size(), name, metadata.value_index.intern(value, metadata.values)});
    };
    if (code == kLevelInPairs) add(kLevelPair, row.level);
    for (const LabelView& pair : row.pairs) {
        if (pair.value.empty()) continue;
        add(metadata.name_index.intern(pair.name, metadata.names), pair.value);
        metadata_bytes_ += pair.name.size() + pair.value.size();
    }
}

OpenRows OpenRows::snapshot() const {
    OpenRows copy;
    copy.rows_ = rows_;
    copy.metadata_bytes_ = metadata_bytes_;
    if (metadata_ != nullptr) {
        copy.metadata_ = std::make_unique<OpenMetadata>();
        copy.metadata_->names = metadata_->names;
        copy.metadata_->values = metadata_->values;
        copy.metadata_->pairs = metadata_->pairs;
    }
    return copy;
}

std::vector<std::uint32_t> OpenRows::sorted_order() const {
    const TimeNs* const times = rows_.times();
    std::vector<std::uint32_t> order(size());
    for (std::uint32_t row = 0; row < size(); ++row) order[row] = row;
    std::sort(order.begin(), order.end(), [times](std::uint32_t left, std::uint32_t right) {
        return times[left] != times[right] ? times[left] < times[right] : left < right;
    });

    TieIndex index;
    std::size_t kept = 0;
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && times[order[end]] == times[order[begin]]) ++end;
        index.clear();
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint32_t row = order[i];
            const auto same = [&](std::uint32_t other) { return equal(row, other); };
            const bool alone = end - begin == 1;
            if (alone || index.insert(hash_of(row), row, same)) order[kept++] = row;
        }
        begin = end;
    }
    order.resize(kept);
    return order;
}

OpenRows OpenRows::sorted_copy() const {
    const std::vector<std::uint32_t> order = sorted_order();
    OpenRows sorted;
    sorted.rows_ = RowArena(static_cast<std::uint32_t>(order.size()), rows_.text_size());
    if (metadata_ != nullptr) {
        sorted.metadata_ = std::make_unique<OpenMetadata>();
        sorted.metadata_->names = metadata_->names;
        sorted.metadata_->values = metadata_->values;
        sorted.metadata_->pairs.reserve(metadata_->pairs.size());
    }
    for (const std::uint32_t row : order) {
        for (MetadataPair pair : pairs_of(row)) {
            pair.row = sorted.size();
            sorted.metadata_->pairs.push_back(pair);
        }
        sorted.rows_.append(rows_.times()[row], rows_.line(row), rows_.levels()[row]);
        sorted.metadata_bytes_ += metadata_bytes_of(row);
    }
    return sorted;
}

}  // namespace skald::storage
