// SPDX-License-Identifier: Apache-2.0
//
// Replay of a write-ahead log file that holds any bytes. The first byte of the input says whether
// they are taken as they are (even) or get right checksums first (odd), so that what is behind the
// checksums is reached too; docs/formats/wal.md has the places. Damage is logged: fuzz with
// -close_fd_mask=2.
#include "support/faulty_file_system.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/wal/wal.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using skald::hash64;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::uint64_t kGeneration = 1;

template <class T>
T load(const std::string& bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

void store(std::string& bytes, std::size_t at, std::uint64_t value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

void repair(std::string& file) {
    if (file.size() < kHeaderBytes) return;
    store(file, 16, kGeneration);
    store(file, 32, hash64(std::string_view(file).substr(0, 32)));
    std::size_t at = kHeaderBytes;
    while (file.size() - at >= kHeaderBytes) {
        const std::size_t stored = load<std::uint32_t>(file, at + 8);
        const std::string_view rest = std::string_view(file).substr(at + kHeaderBytes);
        store(file, at + 16, hash64(rest.substr(0, stored)));
        store(file, at + 24, load<std::uint64_t>(file, 24));
        std::string covered = file.substr(at, 32);
        covered.append(16, '\0');
        store(covered, 32, kGeneration);
        store(covered, 40, at);
        store(file, at + 32, hash64(covered));
        if (stored > rest.size()) return;
        at += kHeaderBytes + stored;
    }
}

struct Outcome {
    std::vector<std::string> payloads;
    skald::Result<skald::storage::WalFileReport> report;
};

Outcome replay(skald::storage::FaultyFileSystem& files) {
    std::vector<std::string> payloads;
    auto report = skald::storage::replay_wal_file(
        files, "wal", kGeneration, [&](std::string_view payload) -> skald::Result<void> {
            payloads.emplace_back(payload);
            return {};
        });
    return Outcome{std::move(payloads), std::move(report)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    std::string file(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    if (bytes[0] % 2 == 1) repair(file);
    skald::storage::FaultyFileSystem files;
    files.put("wal/0000000000000001.wal", file);

    const Outcome first = replay(files);

    // The only refusal is that of another format version.
    if (!first.report) {
        SKALD_ASSERT(first.report.error().code == skald::ErrorCode::kNotSupported);
        return 0;
    }
    SKALD_ASSERT(first.report->records == first.payloads.size());
    SKALD_ASSERT(first.report->bytes + first.report->torn_bytes + first.report->room_bytes ==
                 file.size());
    const Outcome second = replay(files);
    SKALD_ASSERT(second.report && second.report->torn_bytes == 0);
    SKALD_ASSERT(second.payloads == first.payloads);
    return 0;
}
