// SPDX-License-Identifier: Apache-2.0
#include "level_fields.h"

#include "json_fields.h"
#include "level_words.h"
#include "logfmt_fields.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace skald::write {

namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return lower;
}

/// Calls `check(i)` for each `follower` at i > 0 whose byte before is in `before`, until it says
/// true.
template <class Check>
bool any_follower_portable(std::string_view line, char follower, const NibbleTables& before,
                           Check check) {
    for (std::size_t i = 1; i < line.size(); ++i)
        if (line[i] == follower && before.of(line[i - 1]) != 0 && check(i)) return true;
    return false;
}

#if SKALD_HAS_AVX2_CODE
template <class Check>
SKALD_AVX2 bool any_follower_avx2(std::string_view line, char follower, const NibbleTables& before,
                                  Check check) {
    if (line.size() <= kVectorBytes) return any_follower_portable(line, follower, before, check);
    const NibbleVectors names = NibbleVectors::of(before);
    const std::size_t last = line.size() - kVectorBytes;  // Overlaps the block before it.
    for (std::size_t at = 1;; at = std::min(at + kVectorBytes, last)) {
        const Bytes32 followers = reinterpret_cast<Bytes32>(load32(line.data() + at) ==
                                                            static_cast<std::uint8_t>(follower));
        const Bytes32 ends = names.classes(load32(line.data() + at - 1));
        for (std::uint32_t mask = top_bits(followers & reinterpret_cast<Bytes32>(ends != 0));
             mask != 0; mask &= mask - 1) {
            if (check(at + static_cast<std::size_t>(std::countr_zero(mask)))) return true;
        }
        if (at == last) return false;
    }
}
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

LevelFields::LevelFields(const std::vector<std::string>& names) : names_(names) {
    for (const std::string& name : names_) {
        lower_names_.push_back(lower_case(name));
        lengths_ |= 1ULL << std::min<std::size_t>(name.size(), 63);
        if (name.empty()) continue;
        const bool is_new = std::find(lower_names_.begin(), lower_names_.end() - 1,
                                      lower_names_.back()) == lower_names_.end() - 1;
        if (is_new) searched_names_.push_back(lower_names_.back());
        const char last = name.back();
        if (static_cast<std::uint8_t>(last) >= 0x80) {
            searchable_ = false;
            continue;
        }
        last_bytes_.add_exactly(last);
        if ((last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z'))
            last_bytes_.add_exactly(static_cast<char>(last ^ 0x20));
    }
}

std::size_t LevelFields::rank(std::string_view name) const noexcept {
    if ((lengths_ >> std::min<std::size_t>(name.size(), 63) & 1) == 0) return names_.size();
    const auto found = std::find(names_.begin(), names_.end(), name);
    return static_cast<std::size_t>(found - names_.begin());
}

std::size_t LevelFields::rank_ignoring_case(std::string_view name) const noexcept {
    if ((lengths_ >> std::min<std::size_t>(name.size(), 63) & 1) == 0) return names_.size();
    for (std::size_t i = 0; i < lower_names_.size(); ++i)
        if (equals_ignoring_case(name, lower_names_[i])) return i;
    return names_.size();
}

bool LevelFields::ends_with_name(std::string_view text, bool (*opens)(char)) const noexcept {
    for (const std::string& name : searched_names_) {
        if (text.size() < name.size()) continue;
        const std::size_t begin = text.size() - name.size();
        if (!equals_ignoring_case(text.substr(begin), name)) continue;
        if (begin == 0 || opens(text[begin - 1])) return true;
    }
    return false;
}

bool LevelFields::may_have_field(std::string_view line, char follower,
                                 bool (*opens)(char)) const noexcept {
    if (names_.empty()) return false;
    if (!searchable_) return true;
    const auto check = [&](std::size_t at) { return ends_with_name(line.substr(0, at), opens); };
#if SKALD_HAS_AVX2_CODE
    if (kHasAvx2) return any_follower_avx2(line, follower, last_bytes_, check);
#endif
    return any_follower_portable(line, follower, last_bytes_, check);
}

std::string_view LevelFields::find_in_json(std::string_view line,
                                           std::int32_t max_depth) const noexcept {
    if (!may_have_field(line, '"', [](char before) { return before == '"'; })) return {};
    const auto wanted = [this](std::string_view name) { return rank(name) < size(); };
    return JsonFieldReader(line).find_string(wanted, max_depth);
}

std::string_view LevelFields::find_in_logfmt(std::string_view line) const noexcept {
    if (!may_have_field(line, '=', is_logfmt_space)) return {};
    LogfmtFieldReader reader(line);
    std::string_view value;
    for (std::size_t best = size(); reader.next();) {
        const std::size_t rank = rank_ignoring_case(reader.name());
        if (rank >= best) continue;
        best = rank;
        value = reader.value();
        if (best == 0) break;
    }
    return value;
}

}  // namespace skald::write
