// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/fnv.h>
#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <algorithm>

namespace skald {

namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    static constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

Result<BlockedQuery> BlockedQuery::create(Rule rule) {
    for (const std::string& type : rule.types) {
        if (type != "metric" && type != "filter" && type != "limited")
            return Error{ErrorCode::kInvalidArgument,
                         "types must be of metric | filter | limited, got " + go_quote(type)};
    }
    BlockedQuery blocked;
    blocked.rule_ = std::move(rule);
    if (!blocked.rule_.regex || blocked.rule_.pattern.empty()) return blocked;
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_shared<const RE2>(blocked.rule_.pattern, options);
    if (!compiled->ok())
        return Error{ErrorCode::kInvalidArgument, go_regex_error(blocked.rule_.pattern, *compiled)};
    blocked.regex_ = std::move(compiled);
    return blocked;
}

bool BlockedQuery::blocks(const QueryTraits& query) const {
    if (!rule_.types.empty() &&
        std::find(rule_.types.begin(), rule_.types.end(), query.type) == rule_.types.end())
        return false;
    for (const auto& [name, value] : rule_.tags)
        if (!same_ignoring_case(tag_value(query.tags, name), value)) return false;
    if (rule_.hash != 0) return query_hash(query.text) == rule_.hash;
    if (rule_.pattern.empty() || trimmed(rule_.pattern) == trimmed(query.text)) return true;
    if (regex_ == nullptr) return false;
    return RE2::PartialMatch(re2::StringPiece(query.text.data(), query.text.size()), *regex_);
}

std::uint32_t query_hash(std::string_view query) noexcept {
    return fnv1_32(query);
}

std::string_view tag_value(std::string_view tags, std::string_view name) noexcept {
    while (!tags.empty()) {
        const std::string_view tag = take_part(tags, ',');
        const std::size_t equals = tag.find('=');
        if (equals == std::string_view::npos) continue;
        if (same_ignoring_case(trimmed(tag.substr(0, equals)), name))
            return trimmed(tag.substr(equals + 1));
    }
    return {};
}

std::vector<QueryTag> split_tags(std::string_view tags, std::size_t count_max) {
    const auto clean = [](std::string_view text, bool lower) {
        std::string cleaned;
        for (const char c : trimmed(text)) {
            const bool upper = c >= 'A' && c <= 'Z';
            const bool plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                               std::string_view("-=.@ ").find(c) != std::string_view::npos;
            cleaned += !plain ? '_' : lower && upper ? static_cast<char>(c - 'A' + 'a') : c;
        }
        return cleaned;
    };
    std::vector<QueryTag> found;
    while (!tags.empty() && found.size() < count_max) {
        const std::string_view tag = take_part(tags, ',');
        const std::size_t equals = tag.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        found.push_back({clean(tag.substr(0, equals), true), clean(tag.substr(equals + 1), false)});
        std::replace(found.back().name.begin(), found.back().name.end(), ' ', '_');
    }
    return found;
}

}  // namespace skald
