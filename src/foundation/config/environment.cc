// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"

#include <skald/foundation/config/config.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace skald {

namespace {

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kTextBytesMax = 64 * kMiB;

bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
char upper(char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

/// Shell patterns: `*` any text, `?` any byte.
bool matches_glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// The value without the prefix (or suffix) that the pattern matches, the longest or shortest.
std::string trimmed(std::string value, std::string_view pattern, bool prefix, bool longest) {
    for (std::size_t i = 0; i <= value.size(); ++i) {
        const std::size_t size = longest ? value.size() - i : i;
        const std::string_view view = value;
        const std::string_view part =
            prefix ? view.substr(0, size) : view.substr(view.size() - size);
        if (!matches_glob(pattern, part)) continue;
        return prefix ? value.substr(size) : value.substr(0, value.size() - size);
    }
    return value;
}

std::string replaced(std::string_view value, std::string_view from, std::string_view to, bool all) {
    if (from.empty()) return std::string(value);
    std::string out;
    while (true) {
        const std::size_t at = value.find(from);
        if (at == std::string_view::npos) break;
        out += value.substr(0, at);
        out += to;
        value.remove_prefix(at + from.size());
        if (!all) break;
    }
    return out + std::string(value);
}

/// `${…}` in the forms of a POSIX shell and some of Bash's, as Loki's configuration has them.
class Expansion {
public:
    explicit Expansion(const EnvironmentLookup& lookup) : lookup_(lookup) {}

    Result<std::string> expand(std::string_view text, std::size_t depth) {
        if (depth > kDepthMax)
            return Error{ErrorCode::kInvalidArgument, "${…} is nested too deeply"};
        std::string out;
        while (!text.empty()) {
            const std::size_t dollar = std::min(text.find('$'), text.size());
            out += text.substr(0, dollar);
            text.remove_prefix(dollar);
            if (text.starts_with("$$")) {
                out += '$';
                text.remove_prefix(2);
            } else if (text.starts_with("${")) {
                SKALD_TRY(const std::size_t end, closing_brace(text));
                SKALD_TRY(const std::string value, value_of(text.substr(2, end - 2), depth));
                out += value;
                text.remove_prefix(end + 1);
            } else if (!text.empty()) {
                out += text.front();
                text.remove_prefix(1);
            }
            if (out.size() > kTextBytesMax)
                return Error{ErrorCode::kInvalidArgument,
                             "with the environment's variables the file is too large"};
        }
        return out;
    }

private:
    static Result<std::size_t> closing_brace(std::string_view text) {
        std::size_t open = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text.substr(i).starts_with("${")) ++open;
            if (text[i] == '}' && --open == 0) return i;
        }
        return Error{ErrorCode::kInvalidArgument,
                     "\"" + std::string(text.substr(0, 40)) + "\": the closing } is missing"};
    }

    /// The inside of a `${…}`.
    Result<std::string> value_of(std::string_view inside, std::size_t depth) {
        const bool length = inside.starts_with('#');
        if (length) inside.remove_prefix(1);
        std::size_t name_size = 0;
        while (name_size < inside.size() && is_name_char(inside[name_size])) ++name_size;
        if (name_size == 0)
            return Error{ErrorCode::kInvalidArgument,
                         "\"${" + std::string(inside) + "}\": the variable's name is missing"};
        std::optional<std::string> value = lookup_(inside.substr(0, name_size));
        const std::string_view operation = inside.substr(name_size);
        if (length) return std::to_string(value.value_or("").size());
        if (operation.empty()) return value.value_or("");
        SKALD_TRY(const std::string argument, expand(operation.substr(1), depth + 1));
        return apply(operation.front(), argument, std::move(value));
    }

    static Result<std::string> apply(char operation, std::string_view argument,
                                     std::optional<std::string> value) {
        const bool twice = argument.starts_with(operation);
        const std::string_view rest = twice ? argument.substr(1) : argument;
        std::string text = value.value_or("");
        switch (operation) {
            case '-':
            case '=': return value ? std::move(text) : std::string(argument);
            case '+': return value ? std::string(argument) : std::string();
            case ':': return with_colon(argument, std::move(text));
            case '^':
            case ',':
                for (std::size_t i = 0;
                     i < (twice ? text.size() : std::min<std::size_t>(1, text.size())); ++i)
                    text[i] = operation == '^' ? upper(text[i]) : lower(text[i]);
                return text;
            case '#': return trimmed(std::move(text), rest, true, twice);
            case '%': return trimmed(std::move(text), rest, false, twice);
            case '/': {
                const std::size_t slash = std::min(rest.find('/'), rest.size());
                return replaced(text, rest.substr(0, slash),
                                rest.substr(std::min(slash + 1, rest.size())), twice);
            }
            default:
                return Error{ErrorCode::kInvalidArgument,
                             std::string("\"${…") + operation + "…}\": no such operation"};
        }
    }

    /// What stands behind a colon: a default, or a position and a length.
    static Result<std::string> with_colon(std::string_view argument, std::string text) {
        const std::string_view rest = argument.substr(std::min<std::size_t>(1, argument.size()));
        if (argument.starts_with('-') || argument.starts_with('='))
            return text.empty() ? std::string(rest) : std::move(text);
        if (argument.starts_with('+')) return text.empty() ? std::string() : std::string(rest);
        const std::size_t colon = std::min(argument.find(':'), argument.size());
        const Result<std::int64_t> begin = parse_int(argument.substr(0, colon));
        if (!begin || *begin < 0) return text.empty() ? std::string(argument) : std::move(text);
        const std::size_t from = std::min(static_cast<std::size_t>(*begin), text.size());
        if (colon == argument.size()) return text.substr(from);
        const Result<std::int64_t> size = parse_int(argument.substr(colon + 1));
        if (!size || *size < 0)
            return Error{ErrorCode::kInvalidArgument,
                         "\"" + std::string(argument) + "\": a length must be a number"};
        return text.substr(from, static_cast<std::size_t>(*size));
    }

    const EnvironmentLookup& lookup_;
};

/// `server.http_listen_port` is set by SKALD_SERVER_HTTP_LISTEN_PORT.
std::string variable_of(std::string_view path) {
    std::string name = "SKALD_";
    for (const char c : path) name += c == '.' ? '_' : upper(c);
    return name;
}

}  // namespace

Result<std::string> expand_environment(std::string_view text, const EnvironmentLookup& lookup) {
    return Expansion(lookup).expand(text, 0);
}

std::vector<ConfigFlag> environment_settings(const EnvironmentLookup& lookup) {
    std::vector<ConfigFlag> settings;
    for (const ConfigKey& key : config_keys()) {
        const std::string variable = variable_of(key.path);
        if (const std::optional<std::string> value = lookup(variable))
            settings.push_back({key.path, *value, variable});
    }
    return settings;
}

}  // namespace skald
