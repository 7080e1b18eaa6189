// SPDX-License-Identifier: Apache-2.0
#include "label_regex.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace skald::read {

namespace {

constexpr std::string_view kAnything = ".*";
constexpr std::string_view kAnythingAtAll = "(?s:.*)";

/// Length of the plain character at the start of `text`; 0 if it means something else.
std::size_t plain_length(std::string_view text) {
    if (text[0] == '\\') {
        const bool plain =
            text.size() > 1 &&
            std::string_view("\\.+*?()|[]{}^$-/\"").find(text[1]) != std::string_view::npos;
        return plain ? 2 : 0;
    }
    return std::string_view(".+*?()|[]{}^$").find(text[0]) == std::string_view::npos ? 1 : 0;
}

/// Takes an alternative off `rest`; nothing if it is more than a text with `.*` around.
std::optional<std::string> take_alternative(std::string_view& rest, bool& anywhere) {
    bool open = rest.starts_with(kAnything);
    if (open) rest.remove_prefix(kAnything.size());
    std::size_t size = 0;
    while (size < rest.size()) {
        const std::size_t length = plain_length(rest.substr(size));
        if (length == 0) break;
        size += length;
    }
    const std::string text(rest.substr(0, size));
    rest.remove_prefix(size);
    if (size > 0 && rest.starts_with(kAnything)) {
        open = true;
        rest.remove_prefix(kAnything.size());
    }
    if (!rest.empty() && (rest[0] != '|' || rest.size() == 1)) return std::nullopt;
    if (!rest.empty()) rest.remove_prefix(1);
    if (!open) return text.empty() ? std::nullopt : std::optional(text);
    anywhere = true;
    return std::string(kAnythingAtAll) + text + std::string(kAnythingAtAll);
}

}  // namespace

Matcher as_label_filter(const Matcher& matcher) {
    if (matcher.op() != MatchOp::kRegex && matcher.op() != MatchOp::kNotRegex) return matcher;
    std::string_view rest = matcher.value();
    std::string wider;
    if (rest.starts_with("(?i)")) {
        wider = "(?i)";
        rest.remove_prefix(wider.size());
    }
    bool anywhere = false;
    for (bool first = true; !rest.empty(); first = false) {
        const std::optional<std::string> alternative = take_alternative(rest, anywhere);
        if (!alternative) return matcher;
        if (!first) wider.push_back('|');
        wider += *alternative;
    }
    if (!anywhere) return matcher;
    Result<Matcher> made = Matcher::create(matcher.op(), matcher.name(), std::move(wider));
    return made ? *std::move(made) : matcher;
}

}  // namespace skald::read
