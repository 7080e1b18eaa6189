// SPDX-License-Identifier: Apache-2.0
#include "log_text.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace skald {

namespace {

/// Of Unicode's class Cc: C0, DEL and C1, which terminals obey, too.
bool is_control(std::uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

void append_escape(std::string& out, std::uint32_t code_point) {
    if (code_point == '\n') {
        out += "\\n";
    } else if (code_point == '\t') {
        out += "\\t";
    } else {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(code_point));
        out += escaped;
    }
}

/// Texts from here on are well-formed; if not, none of this stops or reads past the end.
std::size_t length_at(std::string_view text, std::size_t position) {
    return std::max<std::size_t>(1, utf8_length(text, position));
}

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (std::size_t at = 0; at < text.size(); at += length_at(text, at)) {
        const std::uint32_t c = utf8_code_point(text, at);
        if (is_control(c)) {
            append_escape(out, c);
        } else {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.append(text.substr(at, length_at(text, at)));
        }
    }
    out.push_back('"');
}

bool needs_quotes(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += length_at(text, at)) {
        const std::uint32_t c = utf8_code_point(text, at);
        if (c == ' ' || c == '"' || c == '=' || c == '\\' || is_control(c)) return true;
    }
    return text.empty();
}

}  // namespace

void append_logfmt(std::string& line, std::string_view key, std::string_view value) {
    if (!line.empty()) line.push_back(' ');
    line.append(key);
    line.push_back('=');
    const std::string text = to_valid_utf8(value);
    if (needs_quotes(text))
        append_quoted(line, text);
    else
        line.append(text);
}

void append_json(std::string& line, std::string_view key, std::string_view value) {
    line.push_back(line.empty() ? '{' : ',');
    append_quoted(line, key);
    line.push_back(':');
    append_quoted(line, to_valid_utf8(value));
}

}  // namespace skald
