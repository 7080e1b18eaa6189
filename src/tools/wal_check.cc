// SPDX-License-Identifier: Apache-2.0
#include "wal_check.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/storage/wal/wal.h>
#include <skald/write/ingester/wal_record.h>

#include <string_view>
#include <vector>

namespace skald::tools {

namespace {

std::string name_of(std::uint64_t generation) {
    return to_hex(generation) + ".wal";
}

}  // namespace

Result<void> check_wal(storage::FileSystem& files, const std::string& folder, CheckReport& report) {
    SKALD_TRY(const std::vector<std::uint64_t> generations,
              storage::list_wal_generations(files, folder));
    for (const std::uint64_t generation : generations) {
        const std::string name = storage::join_path(folder, name_of(generation));
        const auto damaged = [&](std::string place, std::string reason, std::string advice) {
            report.damage.push_back({name, std::move(place), std::move(reason), std::move(advice)});
        };
        ++report.wal_files;
        write::WalRecordDecoder decoder;
        std::uint64_t unreadable = 0;
        const Result<storage::WalFileReport> read = storage::replay_wal_file(
            files, folder, generation, [&](std::string_view payload) -> Result<void> {
                ++report.wal_records;
                if (!decoder.decode(payload)) ++unreadable;
                return {};
            });
        if (!read) {
            damaged("", read.error().message,
                    "look at the disk; the server does not start with it");
            continue;
        }
        if (read->is_header_damaged && read->records > 0)
            damaged("header", "checksum", "none needed: its records can be read without it");
        if (read->damaged_records > 0)
            damaged(std::to_string(read->damaged_records) + " records", "checksum",
                    "the next start passes over them; what they held is lost");
        if (unreadable > 0)
            damaged(std::to_string(unreadable) + " records", "they can't be decoded",
                    "the next start passes over them; what they held is lost");
        if (read->torn_bytes > 0)
            report.notes.push_back(name + " ends in " + std::to_string(read->torn_bytes) +
                                   " bytes that were not written whole, or are damaged: the next "
                                   "start cuts them");
    }
    return {};
}

}  // namespace skald::tools
