// SPDX-License-Identifier: Apache-2.0
#include "logfmt_text.h"

#include "byte_scan.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cstdint>

namespace skald::read {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_blank(char c) {
    return static_cast<unsigned char>(c) <= ' ';
}

/// Go takes U+FFFD for what is no UTF-8.
bool is_clean(std::string_view key) {
    if (is_all_ascii(key)) return true;
    return is_valid_utf8(key) && key.find(kReplacement) == std::string_view::npos;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The number in `\uXXXX` at the start of `text`, or -1.
std::int32_t hex_escape(std::string_view text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
    std::int32_t number = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        number = number << 4 | digit;
    }
    return number;
}

/// Appends the escape at the start of `text`; how long it is, 0 if it is none. Half a pair of
/// surrogates is U+FFFD.
std::size_t append_unicode(std::string_view text, std::string& out) {
    const std::int32_t first = hex_escape(text);
    if (first < 0) return 0;
    if (first >= 0xD800 && first < 0xDC00) {
        const std::int32_t second = hex_escape(text.substr(6));
        if (second >= 0xDC00 && second < 0xE000) {
            append_utf8(out, static_cast<std::uint32_t>(((first - 0xD800) << 10) +
                                                        (second - 0xDC00) + 0x10000));
            return 12;
        }
    }
    if (!append_utf8(out, static_cast<std::uint32_t>(first))) out.append(kReplacement);
    return 6;
}

std::size_t append_escape(std::string_view text, std::string& out) {
    if (text.size() < 2) return 0;
    switch (text[1]) {
        case '"':
        case '\\':
        case '/':
        case '\'': out.push_back(text[1]); return 2;
        case 'b': out.push_back('\b'); return 2;
        case 'f': out.push_back('\f'); return 2;
        case 'n': out.push_back('\n'); return 2;
        case 'r': out.push_back('\r'); return 2;
        case 't': out.push_back('\t'); return 2;
        case 'u': return append_unicode(text, out);
        default: return 0;
    }
}

}  // namespace

bool unquote_logfmt(std::string_view text, std::string& out) {
    while (!text.empty()) {
        std::size_t used = 1;
        if (text[0] == '\\') {
            used = append_escape(text, out);
            if (used == 0) return false;
        } else if (static_cast<unsigned char>(text[0]) < ' ' || text[0] == '"') {
            return false;
        } else {
            out.push_back(text[0]);
        }
        text.remove_prefix(used);
    }
    return true;
}

std::string LogfmtPairs::error() const {
    std::string out = "logfmt syntax error at pos " + std::to_string(position_) + " : ";
    if (*problem_ != '\0') return out + problem_;
    return out + "unexpected '" + byte_ + "'";
}

LogfmtPairs::Step LogfmtPairs::fail(const char* what) {
    problem_ = what;
    position_ = static_cast<std::size_t>(at_ - begin_) + 1;
    return Step::kError;
}

/// Skips the word as well.
LogfmtPairs::Step LogfmtPairs::unexpected() {
    byte_ = *at_;
    const Step step = fail("");
    while (at_ < end_ && !is_blank(*at_)) ++at_;
    return step;
}

LogfmtPairs::Step LogfmtPairs::next() {
    while (at_ < end_ && is_blank(*at_)) ++at_;
    if (at_ >= end_) return Step::kEnd;
    value_ = {};
    escaped_ = false;
    return read_key();
}

LogfmtPairs::Step LogfmtPairs::read_key() {
    const char* start = at_;
    at_ = find_stop(at_, end_, LogfmtStop{});
    key_ = {start, static_cast<std::size_t>(at_ - start)};
    if (at_ < end_ && *at_ == '"') return unexpected();
    if (key_.empty()) return unexpected();
    if (!is_clean(key_)) return fail("invalid key");
    if (at_ >= end_ || *at_ != '=') return Step::kPair;
    ++at_;
    if (at_ >= end_ || is_blank(*at_)) return Step::kPair;
    return *at_ == '"' ? read_quoted() : read_value();
}

LogfmtPairs::Step LogfmtPairs::read_value() {
    const char* start = at_;
    at_ = find_stop(at_, end_, LogfmtStop{});
    if (at_ < end_ && !is_blank(*at_)) return unexpected();
    value_ = {start, static_cast<std::size_t>(at_ - start)};
    return Step::kPair;
}

LogfmtPairs::Step LogfmtPairs::read_quoted() {
    const char* start = ++at_;
    for (;;) {
        at_ = find_stop(at_, end_, EitherByte<'"', '\\'>{});
        if (at_ >= end_) break;
        if (*at_ == '"') {
            value_ = {start, static_cast<std::size_t>(at_ - start)};
            ++at_;
            return Step::kPair;
        }
        escaped_ = true;
        at_ += std::min<std::ptrdiff_t>(2, end_ - at_);
    }
    at_ = end_;
    return fail("unterminated quoted value");
}

}  // namespace skald::read
