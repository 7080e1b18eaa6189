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

/// The object or array at `at`. Returns the error's text, empty if it went well.
std::string_view read_json_block(const char* at, const char* end, JsonValue& value);

inline const char* json_token_end(const char* at, const char* end) {
    for (;; ++at) {
        at = find_stop(at, end, JsonTokenStop{});
        if (at >= end || *at >= ' ' || *at == '\n' || *at == '\r' || *at == '\t') return at;
    }
}

/// A number, a boolean or null.
inline std::string_view read_json_word(const char* at, const char* end, JsonValue& value) {
    value.end = json_token_end(at, end);
    value.text = {at, static_cast<std::size_t>(value.end - at)};
    const char first = *at;
    if ((first >= '0' && first <= '9') || first == '-') {
        value.type = JsonType::kNumber;
    } else if (value.text == "true" || value.text == "false") {
        value.type = JsonType::kBoolean;
    } else if (value.text == "null") {
        value.type = JsonType::kNull;
    } else {
        return kUnknownJsonValue;
    }
    return {};
}

/// Reads the value at `at`, behind white space. Returns the error's text, empty if it went well.
/// Inline, like what calls it: it is called for each member of each line.
inline std::string_view read_json_value(const char* at, const char* end, JsonValue& value) {
    at = skip_json_space(at, end);
    if (at >= end) return kMalformedJson;
    value.escaped = false;
    if (*at == '"') {
        const char* close = json_string_end(at + 1, end, value.escaped);
        if (close == nullptr) return kOpenString;
        value.type = JsonType::kString;
        value.text = {at + 1, static_cast<std::size_t>(close - at - 1)};
        value.end = close + 1;
        return {};
    }
    if (*at == '{' || *at == '[') return read_json_block(at, end, value);
    return read_json_word(at, end, value);
}

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

inline JsonMembers::Step JsonMembers::open() {
    opened_ = true;
    at_ = skip_json_space(at_, end_);
    if (at_ >= end_ || *at_ != '{') return fail(kOpenObject);
    at_ = skip_json_space(at_ + 1, end_);
    return at_ >= end_ ? fail(kMalformedJson) : Step::kMember;
}

inline JsonMembers::Step JsonMembers::after_member() {
    at_ = skip_json_space(at_, end_);
    if (at_ >= end_) return fail(kOpenArray);
    if (*at_ == '}') return Step::kEnd;
    if (*at_ != ',') return fail(kOpenObject);
    at_ = skip_json_space(at_ + 1, end_);
    return at_ >= end_ ? fail(kOpenArray) : Step::kMember;
}

inline JsonMembers::Step JsonMembers::member() {
    if (*at_ == '}') return Step::kEnd;
    if (*at_ != '"') return fail(kOpenObject);
    key_escaped_ = false;
    const char* close = json_string_end(at_ + 1, end_, key_escaped_);
    if (close == nullptr) return fail(kMalformedJson);
    key_ = {at_ + 1, static_cast<std::size_t>(close - at_ - 1)};
    at_ = skip_json_space(close + 1, end_);
    if (at_ >= end_ || *at_ != ':') return fail(kMalformedJson);
    if (const std::string_view error = read_json_value(at_ + 1, end_, value_); !error.empty()) {
        return fail(error);
    }
    at_ = value_.end;
    return Step::kMember;
}

inline JsonMembers::Step JsonMembers::next() {
    const Step step = opened_ ? after_member() : open();
    return step == Step::kMember ? member() : step;
}

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
