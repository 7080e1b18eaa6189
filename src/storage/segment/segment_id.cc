// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/text_encoding.h>
#include <skald/storage/segment/segment.h>

#include <algorithm>

namespace skald::storage {
namespace {

constexpr std::size_t kIdSizeMax = 200;
constexpr std::uint32_t kLevelMax = 9;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Part of a file name whatever the operator called the instance. Two instances never share one.
std::string escaped(std::string_view instance) {
    std::string out;
    for (const char c : instance) {
        if (is_plain(c)) {
            out.push_back(c);
            continue;
        }
        out.append("~").append(encode_hex({&c, 1}));
    }
    return out;
}

}  // namespace

SegmentId SegmentId::of_generation(const GenerationId& generation) {
    return SegmentId{"l0-" + escaped(generation.instance) + "-" + to_hex(generation.number)};
}

SegmentId SegmentId::of_rewrite(std::uint32_t level, const GenerationId& newest, std::uint64_t set,
                                std::uint32_t member) {
    const std::uint32_t digit = std::min(level, kLevelMax);
    return SegmentId{"l" + std::to_string(digit) + "-" + escaped(newest.instance) + "-" +
                     to_hex(newest.number) + "-" + to_hex(set) + "-" + std::to_string(member)};
}

Result<SegmentId> SegmentId::parse(std::string_view text) {
    const bool has_prefix =
        text.size() >= 4 && text[0] == 'l' && is_digit(text[1]) && text[2] == '-';
    const bool is_name =
        std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c) || c == '~'; });
    if (!has_prefix || !is_name || text.size() > kIdSizeMax) {
        return Error{ErrorCode::kInvalidArgument,
                     "\"" + std::string(text.substr(0, kIdSizeMax)) + "\" is not a segment's name"};
    }
    return SegmentId{std::string(text)};
}

}  // namespace skald::storage
