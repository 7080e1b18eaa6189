// SPDX-License-Identifier: Apache-2.0
#include "regex_text.h"

#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/regex_allowance.h>
#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <cctype>
#include <set>
#include <utility>

namespace skald::read {

namespace {

/// RE2's spelling of a Go pattern: Go also reads (?<name>…), and refuses \C, which RE2 knows.
Result<std::string> re2_spelling(std::string_view pattern) {
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        if (c == '\\' && next == 'Q' && !in_class) {
            const std::size_t end = pattern.find("\\E", i);
            const std::size_t stop = end == std::string_view::npos ? pattern.size() : end + 2;
            out.append(pattern, i, stop - i);
            i = stop - 1;
        } else if (c == '\\' && i + 1 < pattern.size()) {
            if (next == 'C') {
                return Error{ErrorCode::kInvalidArgument,
                             "error parsing regexp: invalid escape sequence: `\\C`"};
            }
            out.append(pattern, i, 2);
            ++i;
        } else if (c == '[' && !in_class) {
            // A ']' that comes first stands for itself.
            const std::size_t first = i + 1 + (next == '^' ? 1 : 0);
            const std::size_t copied =
                first < pattern.size() && pattern[first] == ']' ? first : first - 1;
            out.append(pattern, i, copied - i + 1);
            i = copied;
            in_class = true;
        } else if (c == '[' && next == ':' && pattern.find(":]", i + 2) != std::string_view::npos) {
            const std::size_t stop = pattern.find(":]", i + 2) + 2;
            out.append(pattern, i, stop - i);
            i = stop - 1;
        } else if (c == ']' && in_class) {
            in_class = false;
            out.push_back(c);
        } else if (!in_class && pattern.substr(i).starts_with("(?<")) {
            out += "(?P<";
            i += 2;
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace

Result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    SKALD_TRY(const std::string spelling, re2_spelling(pattern));
    SKALD_TRY(std::shared_ptr<const re2::RE2> compiled, RegexAllowance::compile(spelling, options));
    if (!compiled->ok()) {
        return Error{ErrorCode::kInvalidArgument, go_regex_error(pattern, *compiled)};
    }
    return compiled;
}

Result<void> check_capturing_regex(std::string_view pattern) {
    SKALD_TRY(const std::shared_ptr<const re2::RE2> compiled, compile_regex(pattern));
    const std::map<int, std::string>& names = compiled->CapturingGroupNames();
    if (names.empty()) {
        return Error{ErrorCode::kInvalidArgument, "at least one named capture must be supplied"};
    }
    std::set<std::string_view> seen;
    for (const auto& [group, name] : names) {
        if (!seen.insert(name).second) {
            return Error{ErrorCode::kInvalidArgument,
                         "duplicate extracted label name '" + name + "'"};
        }
        if (!is_valid_label_name(name)) {
            return Error{ErrorCode::kInvalidArgument,
                         "invalid extracted label name '" + name + "'"};
        }
    }
    return {};
}

}  // namespace skald::read
