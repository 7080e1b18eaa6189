// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/hash.h>
#include <skald/storage/wal/instance_file.h>

#include <algorithm>
#include <cctype>

namespace skald::storage {

namespace {

std::string checked_line(std::string_view name) {
    return std::string(name) + ' ' + hash128(name).to_hex() + '\n';
}

/// Empty if the line is damaged.
std::string_view whole_name_of(std::string_view line) {
    const std::string_view name = line.substr(0, line.find(' '));
    return !name.empty() && line == checked_line(name) ? name : std::string_view{};
}

/// The name of the first whole line; empty if there is none. The second line begins in the middle
/// of the file, because the end of the first one may be what is damaged.
std::string_view whole_name(std::string_view text) {
    const std::string_view first = whole_name_of(text.substr(0, text.find('\n') + 1));
    return !first.empty() ? first : whole_name_of(text.substr(text.size() / 2));
}

}  // namespace

bool belongs_to_instance_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string encode_instance_file(std::string_view name) {
    const std::string line = checked_line(name);
    return line + line;
}

InstanceFile decode_instance_file(std::string_view text) {
    const std::string name(whole_name(text));
    if (!name.empty())
        return {
            .name = name, .is_whole = text == encode_instance_file(name), .has_checksums = true};
    if (!text.empty() && std::ranges::all_of(text, belongs_to_instance_name))
        return {.name = std::string(text), .is_whole = true, .has_checksums = false};
    return {};
}

}  // namespace skald::storage
