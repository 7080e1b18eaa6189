// SPDX-License-Identifier: Apache-2.0
#include "ip_filter.h"

#include <skald/foundation/model/text.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <string>

namespace skald::read {

namespace {

constexpr std::size_t kAddressCharactersMax = 45;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A digit with a dot among the next three characters.
bool v4_may_start(std::string_view text) {
    return is_digit(text[0]) && text.substr(1, 3).find('.') != std::string_view::npos;
}

/// `::` and a digit, or one to four digits and a colon.
bool v6_may_start(std::string_view text) {
    if (text.starts_with("::")) return text.size() > 2 && is_hex(text[2]);
    std::size_t digits = 0;
    while (digits < 4 && digits < text.size() && is_hex(text[digits])) ++digits;
    return digits > 0 && digits < text.size() && text[digits] == ':';
}

template <class Belongs>
std::size_t length_while(std::string_view text, Belongs belongs) {
    const auto* end = std::find_if_not(text.begin(), text.end(), belongs);
    return static_cast<std::size_t>(end - text.begin());
}
std::size_t v4_length(std::string_view text) {
    return length_while(text, [](char c) { return is_digit(c) || c == '.'; });
}
std::size_t v6_length(std::string_view text) {
    return length_while(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

/// Four numbers up to 255, without leading zeros.
std::optional<IpAddress> parse_v4(std::string_view text) {
    IpAddress address;
    for (std::size_t field = 0; field < 4; ++field) {
        if (field > 0) {
            if (text.empty() || text[0] != '.') return std::nullopt;
            text.remove_prefix(1);
        }
        const std::size_t digits = length_while(text.substr(0, 4), is_digit);
        if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return std::nullopt;
        int value = 0;
        for (const char c : text.substr(0, digits)) value = value * 10 + (c - '0');
        if (value > 255) return std::nullopt;
        address.bytes[field] = static_cast<unsigned char>(value);
        text.remove_prefix(digits);
    }
    if (!text.empty()) return std::nullopt;
    return address;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
    std::array<char, kAddressCharactersMax + 1> terminated{};  // inet_pton wants a '\0'.
    text.copy(terminated.data(), kAddressCharactersMax);
    IpAddress address;
    address.v6 = true;
    if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    return address;
}

/// The first `.` or `:` at or after `from`; the size of the text if there is none.
std::size_t next_mark(std::string_view text, std::size_t from) {
    while (from < text.size() && text[from] != '.' && text[from] != ':') ++from;
    return from;
}

/// The first and last address of `base`/`prefix`.
bool network(std::string_view base, std::string_view prefix, IpAddress& low, IpAddress& high) {
    const std::optional<IpAddress> address = IpAddress::parse(base);
    unsigned bits = 0;
    const auto parsed = std::from_chars(prefix.data(), prefix.data() + prefix.size(), bits);
    if (!address || prefix.empty() || parsed.ec != std::errc() ||
        parsed.ptr != prefix.data() + prefix.size() || bits > (address->v6 ? 128U : 32U)) {
        return false;
    }
    low = *address;
    high = *address;
    const unsigned width = address->v6 ? 128 : 32;
    for (unsigned bit = bits; bit < width; ++bit) {
        const auto mask = static_cast<unsigned char>(0x80U >> bit % 8);
        low.bytes[bit / 8] = static_cast<unsigned char>(low.bytes[bit / 8] & ~mask);
        high.bytes[bit / 8] |= mask;
    }
    return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() > kAddressCharactersMax || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

Result<IpFilter> IpFilter::create(std::string_view pattern) {
    IpFilter filter;
    const auto invalid = [&] {
        return Error{ErrorCode::kInvalidArgument, "ip: invalid pattern: " + go_quote(pattern)};
    };
    if (const std::size_t slash = pattern.find('/'); slash != std::string_view::npos) {
        if (!network(pattern.substr(0, slash), pattern.substr(slash + 1), filter.low_,
                     filter.high_)) {
            return invalid();
        }
        return filter;
    }
    const std::size_t dash = pattern.find('-');
    const std::optional<IpAddress> low = IpAddress::parse(pattern.substr(0, dash));
    const std::optional<IpAddress> high =
        dash == std::string_view::npos ? low : IpAddress::parse(pattern.substr(dash + 1));
    if (!low || !high || low->v6 != high->v6 || high->bytes < low->bytes) return invalid();
    filter.low_ = *low;
    filter.high_ = *high;
    return filter;
}

bool IpFilter::contains(const IpAddress& address) const {
    return address.v6 == low_.v6 && low_.bytes <= address.bytes && address.bytes <= high_.bytes;
}

bool IpFilter::found_in(std::string_view text) const {
    static constexpr std::size_t kBeforeMark = 4;  // An address starts at most this far before one.
    std::size_t i = 0;
    for (;;) {
        const std::size_t mark = next_mark(text, i);
        if (mark == text.size()) return false;
        if (mark > kBeforeMark) i = std::max(i, mark - kBeforeMark);
        for (; i <= mark; ++i) {
            const std::string_view rest = text.substr(i);
            const bool v4 = v4_may_start(rest);
            if (!v4 && !v6_may_start(rest)) continue;
            // All that could belong to an address has to be one; nothing inside it is tried.
            const std::size_t length = v4 ? v4_length(rest) : v6_length(rest);
            const std::string_view candidate = rest.substr(0, length);
            if (v4 != low_.v6) {
                const std::optional<IpAddress> address = IpAddress::parse(candidate);
                if (address && contains(*address)) return true;
            }
            i += length + 1;
            break;
        }
        if (i > text.size()) return false;
    }
}

}  // namespace skald::read
