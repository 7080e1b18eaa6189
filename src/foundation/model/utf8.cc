// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/utf8.h>

#include <re2/re2.h>

namespace skald {

namespace {

std::uint32_t byte_at(std::string_view text, std::size_t position) {
    return position < text.size() ? static_cast<unsigned char>(text[position]) : 0;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t position) noexcept {
    const std::uint32_t lead = byte_at(text, position);
    if (position >= text.size()) return 0;
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xC2   ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, position + i) & 0xC0) != 0x80) return 0;
    }
    // The second byte alone tells overlong forms, surrogates and what is past U+10FFFF.
    const std::uint32_t second = byte_at(text, position + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

std::uint32_t utf8_code_point(std::string_view text, std::size_t position) noexcept {
    const std::size_t length = utf8_length(text, position);
    const std::uint32_t lead = byte_at(text, position);
    if (length <= 1) return lead;
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        code = code << 6 | (byte_at(text, position + i) & 0x3F);
    return code;
}

std::size_t character_start(std::string_view text, std::size_t position) noexcept {
    while (position > 0 && (byte_at(text, position) & 0xC0) == 0x80) --position;
    return position;
}

bool append_utf8(std::string& out, std::uint32_t code_point) {
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    const auto tail = [&](unsigned shift) { put(0x80 | (code_point >> shift & 0x3F)); };
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) return false;
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        tail(0);
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        tail(6);
        tail(0);
    } else {
        put(0xF0 | code_point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
    return true;
}

std::size_t letter_length(std::string_view text, std::size_t position, bool digits) {
    // RE2 has the tables of Unicode categories that the standard library lacks.
    static const re2::RE2 letter("\\p{L}");
    static const re2::RE2 letter_or_digit("[\\p{L}\\p{Nd}]");
    const std::size_t length = utf8_length(text, position);
    if (length == 0) return 0;
    const re2::StringPiece character(text.data() + position, length);
    return re2::RE2::FullMatch(character, digits ? letter_or_digit : letter) ? length : 0;
}

}  // namespace skald
