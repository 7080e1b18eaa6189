// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/regex_replacement.h>

#include <re2/re2.h>

#include <charconv>
#include <string>

namespace skald {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The group that "$name" means; -1 (nothing) if there is none of that name.
int group_of(const re2::RE2& regex, std::string_view name) {
    int number = -1;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = read.ec == std::errc() && read.ptr == name.data() + name.size();
    if (is_number && !(name.size() > 1 && name.front() == '0')) {
        return number <= regex.NumberOfCapturingGroups() ? number : -1;
    }
    const auto& names = regex.NamedCapturingGroups();
    const auto found = names.find(std::string(name));
    return found == names.end() ? -1 : found->second;
}

}  // namespace

std::vector<ReplacementPart> split_replacement(const re2::RE2& regex, std::string_view text) {
    std::vector<ReplacementPart> parts;
    while (!text.empty()) {
        const std::size_t dollar = text.find('$');
        parts.push_back({text.substr(0, dollar), {}});
        if (dollar == std::string_view::npos) break;
        text.remove_prefix(dollar + 1);
        if (text.starts_with('$')) {
            parts.push_back({text.substr(0, 1), {}});
            text.remove_prefix(1);
            continue;
        }
        const bool braced = text.starts_with('{');
        std::size_t end = braced ? 1 : 0;
        const std::size_t begin = end;
        while (end < text.size() && is_word(text[end])) ++end;
        const bool closed = !braced || (end < text.size() && text[end] == '}');
        if (end == begin || !closed) {
            parts.push_back({"$", {}});
            continue;
        }
        parts.push_back({{}, group_of(regex, text.substr(begin, end - begin))});
        text.remove_prefix(end + (braced ? 1 : 0));
    }
    return parts;
}

}  // namespace skald
