// SPDX-License-Identifier: Apache-2.0
#include "metadata.h"

#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {

namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<signed char>(c) >= 0; });
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Sorts by name; of equal names the order stays.
void sort_by_name(std::span<LabelView> pairs) {
    constexpr std::size_t kFew = 32;
    const auto by_name = [](const LabelView& a, const LabelView& b) { return a.name < b.name; };
    if (std::is_sorted(pairs.begin(), pairs.end(), by_name)) return;
    if (pairs.size() <= kFew) {
        for (std::size_t i = 1; i < pairs.size(); ++i)
            for (std::size_t j = i; j > 0 && pairs[j].name < pairs[j - 1].name; --j)
                std::swap(pairs[j], pairs[j - 1]);
        return;
    }
    std::vector<std::pair<LabelView, std::size_t>> numbered;
    numbered.reserve(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) numbered.emplace_back(pairs[i], i);
    std::sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) {
        const auto order = a.first.name <=> b.first.name;
        return order != 0 ? order < 0 : a.second < b.second;
    });
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = numbered[i].first;
}

}  // namespace

std::uint64_t metadata_bytes(std::span<const LabelView> pairs) noexcept {
    std::uint64_t bytes = 0;
    for (const LabelView& pair : pairs)
        if (pair.name != kDetectedLevel) bytes += pair.name.size() + pair.value.size();
    return bytes;
}

Result<MetadataCleaner::Cleaned> MetadataCleaner::clean(std::span<LabelView> pairs) {
    for (LabelView& pair : pairs) {
        const std::string_view value = clean_value(pair.value);
        bool changed = value.data() != pair.value.data();
        pair.value = value;
        if (!is_normalized_label_name(pair.name)) {
            SKALD_TRY(const std::string_view name, clean_name(pair.name));
            changed |= name != pair.name;
            pair.name = name;
        }
        if (changed) ++sanitized_;
    }
    sort_by_name(pairs);

    Cleaned cleaned;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (i + 1 < pairs.size() && pairs[i].name == pairs[i + 1].name) continue;
        if (pairs[i].value.empty()) continue;
        if (pairs[i].name == kDetectedLevel)
            cleaned.level = pairs[i].value;
        else
            pairs[cleaned.count++] = pairs[i];
    }
    return cleaned;
}

Result<std::string_view> MetadataCleaner::clean_name(std::string_view name) {
    const auto known = cleaned_names_.find(name);
    if (known != cleaned_names_.end()) return known->second;
    SKALD_TRY(const std::string cleaned, normalize_label_name(name));
    const std::string_view kept = arena_.copy(cleaned);
    cleaned_names_.emplace(name, kept);
    return kept;
}

/// Each ill-formed byte, and each U+FFFD, becomes a space.
std::string_view MetadataCleaner::clean_value(std::string_view value) {
    if (is_ascii(value)) return value;
    if (is_valid_utf8(value) && value.find(kReplacement) == std::string_view::npos) return value;
    std::string cleaned = to_valid_utf8(value);
    for (std::size_t at = 0; (at = cleaned.find(kReplacement, at)) != std::string::npos; ++at)
        cleaned.replace(at, kReplacement.size(), " ");
    return arena_.copy(cleaned);
}

}  // namespace skald::write
