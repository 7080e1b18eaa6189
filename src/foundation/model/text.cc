// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace skald {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// A decoded character; `length` 0 if the bytes at the front are not well-formed UTF-8.
struct Rune {
    std::uint32_t value = 0;
    std::size_t length = 0;
};

Rune decode_rune(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    if (lead >= 0xC2 && lead < 0xE0 && follows(1))
        return {(lead & 0x1F) << 6 | (byte(1) & 0x3FU), 2};
    if (lead >= 0xE0 && lead < 0xF0 && follows(1) && follows(2)) {
        const std::uint32_t value = (lead & 0xF) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
        if (value < 0x800 || (value >= 0xD800 && value < 0xE000)) return {};
        return {value, 3};
    }
    if (lead >= 0xF0 && lead < 0xF5 && follows(1) && follows(2) && follows(3)) {
        const std::uint32_t value = (lead & 0x7) << 18 | (byte(1) & 0x3FU) << 12 |
                                    (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
        if (value < 0x10000 || value > 0x10FFFF) return {};
        return {value, 4};
    }
    return {};
}

/// Go's strconv.IsPrint beyond ASCII, to the precision that log lines need: controls, format
/// characters, separators, private use and non-characters are not printable.
bool is_printable(std::uint32_t rune) {
    if (rune < 0x20 || rune == 0x7F) return false;
    if (rune < 0x7F) return true;
    if (rune <= 0xA0 || rune == 0xAD) return false;
    if (rune >= 0x2000 && rune <= 0x200F) return false;
    if (rune >= 0x2028 && rune <= 0x202F) return false;
    if (rune >= 0x205F && rune <= 0x206F) return false;
    if (rune == 0x1680 || rune == 0x180E || rune == 0x3000 || rune == 0xFEFF) return false;
    if (rune >= 0xE000 && rune <= 0xF8FF) return false;
    if (rune >= 0xFFF0 && rune <= 0xFFFB) return false;
    if ((rune & 0xFFFE) == 0xFFFE) return false;
    return rune < 0xE0000;
}

void append_rune_escape(std::string& out, std::uint32_t rune) {
    char text[16];
    if (rune < 0x10000)
        std::snprintf(text, sizeof text, "\\u%04x", rune);
    else
        std::snprintf(text, sizeof text, "\\U%08x", rune);
    out += text;
}

void append_quoted_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\a': out += "\\a"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\v': out += "\\v"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
        out.push_back(c);
        return;
    }
    out += "\\x";
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 0xF]);
}

/// Bytes that stand for themselves inside a Go string.
bool is_plain_in_go(char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/// Bytes that stand for themselves inside a JSON string that may end up in HTML.
constexpr std::array<bool, 256> kJsonPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
    for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
    return plain;
}();

void append_json_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 0xF]);
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Each run of other characters becomes one '_'; a leading digit gets "key_".
std::string collapse_name(std::string_view name) {
    std::string out;
    bool in_run = false;
    for (const char c : name) {
        if (is_alphanumeric(c)) {
            out.push_back(c);
            in_run = false;
        } else if (!in_run) {
            out.push_back('_');
            in_run = true;
        }
    }
    if (!out.empty() && out.front() >= '0' && out.front() <= '9') out.insert(0, "key_");
    return out;
}

}  // namespace

void append_go_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const auto plain = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), is_plain_in_go) - text.begin());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) {
            append_quoted_ascii(out, text.front());
            text.remove_prefix(1);
            continue;
        }
        const Rune rune = decode_rune(text);
        if (rune.length == 0) {
            out += "\\x";
            out.push_back(kHex[byte >> 4]);
            out.push_back(kHex[byte & 0xF]);
            text.remove_prefix(1);
            continue;
        }
        if (is_printable(rune.value))
            out.append(text.substr(0, rune.length));
        else
            append_rune_escape(out, rune.value);
        text.remove_prefix(rune.length);
    }
    out.push_back('"');
}

std::string go_quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_go_quoted(out, text);
    return out;
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        std::uint64_t word = 0;
        if (text.size() >= sizeof word) {
            std::memcpy(&word, text.data(), sizeof word);
            if ((word & 0x8080808080808080ULL) == 0) {
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const Rune rune = decode_rune(text);
        if (rune.length == 0) return false;
        text.remove_prefix(rune.length);
    }
    return true;
}

std::string to_valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Rune rune = decode_rune(text);
        if (rune.length == 0) {
            out += kReplacement;
            text.remove_prefix(1);
            continue;
        }
        out.append(text.substr(0, rune.length));
        text.remove_prefix(rune.length);
    }
    return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
    std::size_t plain = 0;
    std::size_t at = 0;
    const auto flush = [&] { out.append(text.substr(plain, at - plain)); };
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (kJsonPlain[byte]) {
            ++at;
            continue;
        }
        if (byte < 0x80) {
            flush();
            append_json_ascii(out, text[at]);
            plain = ++at;
            continue;
        }
        const Rune rune = decode_rune(text.substr(at));
        if (rune.length == 0) {
            flush();
            out += "\\ufffd";
            plain = ++at;
        } else if (rune.value == 0x2028 || rune.value == 0x2029) {
            flush();
            out += rune.value == 0x2028 ? "\\u2028" : "\\u2029";
            at += rune.length;
            plain = at;
        } else {
            at += rune.length;
        }
    }
    flush();
}

bool is_valid_label_name(std::string_view name) noexcept {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    for (const char c : name)
        if (!is_alphanumeric(c) && c != '_') return false;
    return true;
}

bool is_normalized_label_name(std::string_view name) noexcept {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    bool after_underscore = false;
    bool has_letter = false;
    for (const char c : name) {
        const bool underscore = c == '_';
        if (underscore ? after_underscore : !is_alphanumeric(c)) return false;
        after_underscore = underscore;
        has_letter |= !underscore;
    }
    return has_letter;
}

Result<std::string> normalize_label_name(std::string_view name) {
    if (name.empty()) return Error{ErrorCode::kInternal, "label name is empty"};
    const bool wrapped = name.size() > 4 && name.starts_with("__") && name.ends_with("__");
    std::string out = wrapped ? "__" + collapse_name(name.substr(2, name.size() - 4)) + "__"
                              : collapse_name(name);
    if (out.find_first_not_of('_') == std::string::npos)
        return Error{ErrorCode::kInternal, "normalization for label name " + go_quote(name) +
                                               " resulted in invalid name " + go_quote(out)};
    return out;
}

}  // namespace skald
