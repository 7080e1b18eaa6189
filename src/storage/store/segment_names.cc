// SPDX-License-Identifier: Apache-2.0
#include "segment_names.h"

#include <algorithm>
#include <charconv>

namespace skald::storage {

namespace {

/// The inverse of the escaping that SegmentId::of_generation does: `~` and two digits are a byte.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::uint8_t byte = 0;
        const char* const digits = text.data() + i + 1;
        const bool is_escape = text[i] == '~' && i + 2 < text.size() &&
                               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        out.push_back(is_escape ? static_cast<char>(byte) : text[i]);
        if (is_escape) i += 2;
    }
    return out;
}

}  // namespace

std::optional<SegmentId> segment_of_key(std::string_view key) {
    constexpr std::string_view kSuffix = ".seg";
    if (!key.starts_with(kSegmentsPrefix) || !key.ends_with(kSuffix)) return std::nullopt;
    key.remove_prefix(kSegmentsPrefix.size());
    key.remove_suffix(std::min(kSuffix.size(), key.size()));
    Result<SegmentId> id = SegmentId::parse(key);
    if (!id) return std::nullopt;
    return *id;
}

std::optional<GenerationId> generation_of(const SegmentId& segment) {
    constexpr std::string_view kLevel0 = "l0-";
    constexpr std::size_t kDigits = 16;
    std::string_view text = segment.text;
    if (!text.starts_with(kLevel0) || text.size() < kLevel0.size() + 1 + kDigits)
        return std::nullopt;
    const std::string_view digits = text.substr(text.size() - kDigits);
    GenerationId generation;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), generation.number, 16);
    if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    generation.instance =
        unescaped(text.substr(kLevel0.size(), text.size() - kLevel0.size() - 1 - kDigits));
    // The name decides: if it is not what this generation's segment is called, it is something
    // else.
    if (SegmentId::of_generation(generation) != segment) return std::nullopt;
    return generation;
}

std::optional<RewriteName> rewrite_of(const SegmentId& segment) {
    std::string_view rest = segment.text;
    if (rest.size() < 3 || rest[0] != 'l' || rest[1] == '0') return std::nullopt;
    const auto level = static_cast<std::uint32_t>(rest[1] - '0');
    RewriteName name;
    std::uint32_t member = 0;
    // From the end: an instance's name may have any number of dashes.
    const auto take = [&](auto& number, int base) {
        const std::size_t dash = rest.rfind('-');
        if (dash == std::string_view::npos) return false;
        const std::string_view digits = rest.substr(dash + 1);
        rest = rest.substr(0, dash);
        const auto end = digits.data() + digits.size();
        return std::from_chars(digits.data(), end, number, base).ptr == end;
    };
    if (!take(member, 10) || !take(name.set, 16) || !take(name.newest.number, 16) ||
        rest.size() < 3)
        return std::nullopt;
    name.newest.instance = unescaped(rest.substr(3));
    if (SegmentId::of_rewrite(level, name.newest, name.set, member) != segment) return std::nullopt;
    return name;
}

void GenerationNumbers::note(const GenerationId& generation) {
    auto last = last_.lock();
    std::uint64_t& number = (*last)[generation.instance];
    number = std::max(number, generation.number);
}

std::uint64_t GenerationNumbers::last(const std::string& instance) const {
    auto last = last_.lock();
    const auto at = last->find(instance);
    return at == last->end() ? 0 : at->second;
}

}  // namespace skald::storage
