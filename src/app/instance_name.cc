// SPDX-License-Identifier: Apache-2.0
#include "instance_name.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/replace_file.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <random>
#include <string_view>

namespace skald::app {

namespace {

constexpr std::string_view kFile = "instance";

bool belongs_to_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string checked_line(std::string_view name) {
    return std::string(name) + ' ' + hash128(name).to_hex() + '\n';
}

std::string file_of(std::string_view name) {
    const std::string line = checked_line(name);
    return line + line;
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

std::string new_name() {
    std::array<char, 64> host{};
    gethostname(host.data(), host.size() - 1);
    std::string name;
    for (const char c : std::string_view(host.data())) name += belongs_to_name(c) ? c : '_';
    std::random_device random;
    std::string chance(3, '\0');
    for (char& byte : chance) byte = static_cast<char>(random() & 0xff);
    return name + '_' + encode_hex(chance);
}

}  // namespace

Result<std::string> instance_name(storage::FileSystem& files, const std::string& folder) {
    const std::string path = storage::join_path(folder, kFile);
    SKALD_TRY(const bool known, files.exists(path));
    std::string text;
    if (known) {
        SKALD_TRY(const Buffer bytes, files.read_all(path));
        text = bytes.view();
    }
    std::string name(whole_name(text));
    if (!name.empty() && text == file_of(name)) return name;
    if (!name.empty()) {
        log_warn("a copy of this instance's name was damaged; it is written anew",
                 {{"path", path}});
    } else if (text.empty()) {
        name = new_name();
    } else if (std::ranges::all_of(text, belongs_to_name)) {
        name = text;  // Of a version that wrote the name alone.
    } else {
        return Error{
            ErrorCode::kCorruption,
            path +
                " is damaged: set common.ring.instance_id to the name that the segments of "
                "this folder carry (l0-NAME-NUMBER.seg), or restore the file"};
    }
    SKALD_CHECK(files.make_directories(folder));
    SKALD_CHECK(storage::replace_file(files, folder, kFile, file_of(name)));
    return name;
}

}  // namespace skald::app
