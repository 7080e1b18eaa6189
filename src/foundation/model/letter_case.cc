// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/letter_case.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <clocale>
#include <cwctype>

namespace skald {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

/// Unicode's case tables are those of the C library. Kept for ever.
locale_t unicode_locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

std::string map_characters(std::string_view text, std::uint32_t (*map)(std::uint32_t)) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out.push_back(static_cast<char>(map(byte)));
            ++at;
            continue;
        }
        const std::size_t length = utf8_length(text, at);
        const std::uint32_t code = length == 0 ? kReplacement : utf8_code_point(text, at);
        if (!append_utf8(out, map(code))) append_utf8(out, kReplacement);
        at += std::max<std::size_t>(1, length);
    }
    return out;
}

}  // namespace

std::uint32_t upper_of(std::uint32_t code_point) {
    if (code_point < 0x80)
        return code_point >= 'a' && code_point <= 'z' ? code_point - 32 : code_point;
    if (unicode_locale() == nullptr) return code_point;
    return static_cast<std::uint32_t>(
        towupper_l(static_cast<wint_t>(code_point), unicode_locale()));
}

std::uint32_t lower_of(std::uint32_t code_point) {
    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
    if (unicode_locale() == nullptr) return code_point;
    return static_cast<std::uint32_t>(
        towlower_l(static_cast<wint_t>(code_point), unicode_locale()));
}

std::string to_upper(std::string_view text) {
    return map_characters(text, upper_of);
}

std::string to_lower(std::string_view text) {
    return map_characters(text, lower_of);
}

}  // namespace skald
