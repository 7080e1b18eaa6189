// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "byte_scan.h"

#include <optional>
#include <string>
#include <string_view>

namespace skald::read {

// JSON of log lines, read as leniently as Loki's stages read it (logql 3.2): only what is asked for
// is looked at, numbers are not checked, text after the outermost object does not matter.

inline constexpr std::string_view kOpenObject =
    "Value looks like object, but can't find closing '}' symbol";
inline constexpr std::string_view kOpenArray = "Value is array, but can't find closing ']' symbol";
inline constexpr std::string_view kOpenString =
    "Value is string, but can't find closing '\"' symbol";
inline constexpr std::string_view kUnknownJsonValue = "Unknown value type";
inline constexpr std::string_view kMalformedJson = "Malformed JSON error";
inline constexpr std::string_view kBadJsonEscape =
    "Encountered an invalid escape sequence in a string";

enum class JsonType { kString, kNumber, kBoolean, kNull, kObject, kArray };

/// A value in place. Strings are without their quotes and not unescaped.
struct JsonValue {
    JsonType type = JsonType::kNull;
    bool escaped = false;  ///< A string with a backslash.
    std::string_view text;
    const char* end = nullptr;  ///< Behind the value.
};

inline const char* skip_json_space(const char* at, const char* end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
    return at;
}

/// The closing quote of the string whose first character is at `at`, or null.
inline const char* json_string_end(const char* at, const char* end, bool& escaped) {
    for (;;) {
        at = find_stop(at, end, EitherByte<'"', '\\'>{});
        if (at >= end) return nullptr;
        if (*at == '"') return at;
        escaped = true;
        at += 2;
        if (at > end) return nullptr;
    }
}

/// Behind the bracket that closes the one at `at`, counting only brackets of its kind outside
/// strings; null if there is none.
const char* json_block_end(const char* at, const char* end);

/// Reads the value at `at`, behind white space. Returns the error's text, empty if it went well.
std::string_view read_json_value(const char* at, const char* end, JsonValue& value);

/// A string's content without escapes; nothing if an escape is wrong. A pair of surrogates that
/// means no character becomes U+FFFD.
std::optional<std::string> unescape_json(std::string_view text);

/// The members of an object, one after the other. Members in front of damage are delivered.
class JsonMembers {
public:
    enum class Step { kMember, kEnd, kError };

    explicit JsonMembers(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    Step next();
    /// Without quotes, not unescaped.
    std::string_view key() const { return key_; }
    bool key_escaped() const { return key_escaped_; }
    const JsonValue& value() const { return value_; }
    /// After kError.
    std::string_view error() const { return error_; }

private:
    Step fail(std::string_view error) {
        error_ = error;
        return Step::kError;
    }
    Step open();
    Step after_member();
    Step member();

    const char* at_;
    const char* end_;
    bool opened_ = false;
    bool key_escaped_ = false;
    std::string_view key_;
    JsonValue value_;
    std::string_view error_;
};

/// The elements of an array, as long as it is well-formed.
class JsonElements {
public:
    /// Requires: `at` is at the opening bracket.
    JsonElements(const char* at, const char* end) : at_(at + 1), end_(end) {}

    /// False behind the last one, or at damage.
    bool next();
    const JsonValue& value() const { return value_; }
    /// Where reading has stopped: at the closing bracket, if it is there.
    const char* at() const { return at_; }

private:
    const char* at_;
    const char* end_;
    bool first_ = true;
    JsonValue value_;
};

}  // namespace skald::read
