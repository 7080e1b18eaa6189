// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/bytes.h>
#include <skald/storage/catalog/verify_catalog.h>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace skald::storage {

namespace {

// RocksDB's manifest and its log are written in blocks. A record is a header and its payload, all
// in one block; less than a header at a block's end is zeros.
constexpr std::size_t kLogBlockBytes = 32768;
constexpr std::size_t kRecordHeaderBytes = 7;  // u32 masked checksum, u16 length, u8 type
constexpr std::uint32_t kMaskDelta = 0xa282ead8;

std::uint32_t masked_crc32c(std::string_view bytes) {
    const std::unique_ptr<rocksdb::FileChecksumGenerator> checksum =
        rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
    checksum->Update(bytes.data(), bytes.size());
    checksum->Finalize();
    std::uint32_t crc = 0;
    for (const char byte : checksum->GetChecksum())
        crc = crc << 8 | static_cast<unsigned char>(byte);
    return ((crc >> 15) | (crc << 17)) + kMaskDelta;
}

bool is_zero(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

std::optional<CatalogFinding> wrong_record(const std::string& name, std::string_view bytes) {
    std::size_t at = 0;
    const auto finding = [&](std::string_view what, bool is_left_over) {
        return CatalogFinding{name, std::string(what) + " at " + std::to_string(at), is_left_over};
    };
    while (at < bytes.size()) {
        const std::size_t room = kLogBlockBytes - at % kLogBlockBytes;
        const std::string_view rest = bytes.substr(at, room);
        if (room < kRecordHeaderBytes) {
            if (!is_zero(rest)) return finding("bytes between blocks", false);
            at += rest.size();
            continue;
        }
        const bool is_last_block = rest.size() < room || at + room == bytes.size();
        if (is_last_block && is_zero(bytes.substr(at)))
            return finding("zeros instead of records", true);
        if (rest.size() < kRecordHeaderBytes) return finding("half a record", true);
        ByteReader in(rest);
        const std::uint32_t checksum = in.u32();
        const std::size_t low = in.u8();
        const std::size_t length = low | std::size_t{in.u8()} << 8;
        // Type and payload are covered, the length is not.
        if (kRecordHeaderBytes + length > rest.size())
            return finding("a record that goes beyond its block", is_last_block);
        if (masked_crc32c(rest.substr(kRecordHeaderBytes - 1, 1 + length)) != checksum)
            return finding("checksum of the record", false);
        at += kRecordHeaderBytes + length;
    }
    return std::nullopt;
}

/// In order. What can't be listed can't be opened either, which is told.
std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    static_cast<void>(rocksdb::Env::Default()->GetChildren(directory, &names));
    std::sort(names.begin(), names.end());
    return names;
}

void look_at_logs(const std::string& directory, std::vector<CatalogFinding>& findings) {
    for (const std::string& name : names_in(directory)) {
        if (!name.ends_with(".log") && !name.starts_with("MANIFEST-")) continue;
        std::string path = directory;
        path.append("/").append(name);
        std::string bytes;
        const rocksdb::Status read =
            rocksdb::ReadFileToString(rocksdb::Env::Default(), path, &bytes);
        if (!read.ok()) {
            findings.push_back({name, read.ToString()});
            continue;
        }
        if (auto found = wrong_record(name, bytes)) findings.push_back(*std::move(found));
    }
}

void look_at_tables(const std::string& directory, std::vector<CatalogFinding>& findings) {
    rocksdb::Options options;
    options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
    const auto note = [&](const rocksdb::Status& status) {
        if (status.ok()) return;
        std::string reason = status.ToString();
        // The folder is a copy that nobody knows.
        const std::string prefix = directory + "/";
        for (std::size_t at = reason.find(prefix); at != std::string::npos;
             at = reason.find(prefix))
            reason.erase(at, prefix.size());
        findings.push_back({"", std::move(reason)});
    };
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status opened = rocksdb::DB::OpenForReadOnly(options, directory, &raw);
    const std::unique_ptr<rocksdb::DB> database(raw);
    if (!opened.ok()) return note(opened);
    std::vector<rocksdb::LiveFileMetaData> live;
    database->GetLiveFilesMetaData(&live);
    for (const std::string& name : names_in(directory)) {
        const bool is_live = std::any_of(live.begin(), live.end(), [&](const auto& file) {
            return file.name.substr(1) == name;
        });
        if (name.ends_with(".sst") && !is_live)
            findings.push_back({name, "it is in no manifest", true});
    }
    const rocksdb::Status blocks = database->VerifyChecksum();
    note(blocks);
    // Whole files, of those that were written with a checksum: what no block holds, too.
    if (blocks.ok()) note(database->VerifyFileChecksums(rocksdb::ReadOptions()));
}

}  // namespace

std::vector<CatalogFinding> verify_catalog(const std::string& directory) {
    std::vector<CatalogFinding> findings;
    look_at_logs(directory, findings);
    look_at_tables(directory, findings);
    return findings;
}

}  // namespace skald::storage
