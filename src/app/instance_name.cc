// SPDX-License-Identifier: Apache-2.0
#include "instance_name.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/replace_file.h>
#include <skald/storage/wal/instance_file.h>

#include <unistd.h>

#include <array>
#include <random>
#include <string_view>

namespace skald::app {

namespace {

std::string new_name() {
    std::array<char, 64> host{};
    gethostname(host.data(), host.size() - 1);
    std::string name;
    for (const char c : std::string_view(host.data()))
        name += storage::belongs_to_instance_name(c) ? c : '_';
    std::random_device random;
    std::string chance(3, '\0');
    for (char& byte : chance) byte = static_cast<char>(random() & 0xff);
    return name + '_' + encode_hex(chance);
}

}  // namespace

Result<std::string> instance_name(storage::FileSystem& files, const std::string& folder) {
    const std::string path = storage::join_path(folder, storage::kInstanceFile);
    SKALD_TRY(const bool known, files.exists(path));
    std::string text;
    if (known) {
        SKALD_TRY(const Buffer bytes, files.read_all(path));
        text = bytes.view();
    }
    const storage::InstanceFile file = storage::decode_instance_file(text);
    if (file.is_whole && file.has_checksums) return file.name;
    if (file.name.empty() && !text.empty())
        return Error{
            ErrorCode::kCorruption,
            path +
                " is damaged: set common.ring.instance_id to the name that the segments of "
                "this folder carry (l0-NAME-NUMBER.seg), or restore the file"};
    if (file.has_checksums)
        log_warn("a copy of this instance's name was damaged; it is written anew",
                 {{"path", path}});
    const std::string name = text.empty() ? new_name() : file.name;
    SKALD_CHECK(files.make_directories(folder));
    SKALD_CHECK(storage::replace_file(files, folder, storage::kInstanceFile,
                                      storage::encode_instance_file(name)));
    return name;
}

}  // namespace skald::app
