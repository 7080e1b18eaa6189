// SPDX-License-Identifier: Apache-2.0
#include "small_files_check.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/wal/instance_file.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace skald::tools {

namespace {

/// Nothing if it is not there, or can't be read, which is reported.
std::optional<Buffer> bytes_of(storage::FileSystem& files, const std::string& path,
                               CheckReport& report) {
    const Result<bool> is_there = files.exists(path);
    if (is_there && !*is_there) return std::nullopt;
    Result<Buffer> bytes = is_there ? files.read_all(path) : Result<Buffer>(is_there.error());
    if (bytes) return *std::move(bytes);
    report.damage.push_back({path, "", bytes.error().message, "look at the disk"});
    return std::nullopt;
}

}  // namespace

void check_instance(storage::FileSystem& files, const std::string& wal, CheckReport& report) {
    const std::string path = storage::join_path(wal, storage::kInstanceFile);
    const std::optional<Buffer> bytes = bytes_of(files, path, report);
    if (!bytes) return;
    const storage::InstanceFile file = storage::decode_instance_file(bytes->view());
    if (file.is_whole) return;
    if (!file.name.empty())
        report.damage.push_back(
            {path, "", "one of its two lines is damaged", "the next start writes it anew"});
    else
        report.damage.push_back(
            {path, "", "neither of its two lines is whole",
             "put it back from a backup, or set common.ring.instance_id to the name that the "
             "segments carry: without it the server does not start"});
}

// docs/formats/patterns.md
void check_patterns(storage::FileSystem& files, const std::string& folder, CheckReport& report) {
    constexpr std::size_t kChecksumBytes = 8;
    const std::string path = storage::join_path(folder, "patterns.skpt");
    const std::optional<Buffer> bytes = bytes_of(files, path, report);
    if (!bytes) return;
    const std::string_view all = bytes->view();
    if (all.size() > kChecksumBytes) {
        const std::size_t body = all.size() - kChecksumBytes;
        if (ByteReader(all.substr(body)).u64() == hash64(all.substr(0, body))) return;
    }
    report.damage.push_back(
        {path, "", "checksum", "none needed: the next start begins without patterns"});
}

}  // namespace skald::tools
