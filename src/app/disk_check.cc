// SPDX-License-Identifier: Apache-2.0
#include "disk_check.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/storage/file/file_system.h>

#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>

namespace skald::app {

namespace {

using Level = Finding::Level;
using storage::FileSystem;

constexpr std::uint64_t kFreeMin = kGiB;  // Two generations of the log, a segment, a merge.
constexpr double kFreePartMin = 0.1;
constexpr double kSlowSyncMs = 50;
constexpr int kSyncs = 4;
constexpr int kFilesMax = 10'000;

struct KindOfDisk {
    long magic;
    const char* name;
    const char* advice;
};
constexpr std::array<KindOfDisk, 4> kBadKinds = {{
    {0x01021994, "tmpfs", "use a disk: this one is empty after a restart of the machine"},
    {0x6969, "NFS", "use a local disk: syncs over a network are slow and not always true"},
    {0xff534d42, "CIFS", "use a local disk: syncs over a network are slow and not always true"},
    {0x794c7630, "overlay", "mount a volume: this one goes with the container"},
}};

void examine_kind(const std::string& folder, std::vector<Finding>& findings) {
    struct statfs disk {};
    if (statfs(folder.c_str(), &disk) != 0) return;
    for (const KindOfDisk& kind : kBadKinds) {
        if (disk.f_type == kind.magic)
            findings.push_back({Level::kWarning, folder + " is on " + kind.name, kind.advice});
    }
    struct stat found {};
    if (stat(folder.c_str(), &found) == 0 && (found.st_mode & S_IWOTH) != 0)
        findings.push_back({Level::kWarning, folder + " may be written by every user",
                            "run: chmod o-w " + folder});
}

void examine_space(const std::string& folder, std::vector<Finding>& findings) {
    const Result<FileSystem::Space> space = storage::posix_file_system().space(folder);
    if (!space) {
        findings.push_back({Level::kProblem, space.error().message, "see why: df " + folder});
        return;
    }
    const double part = space->total_bytes == 0 ? 0
                                                : static_cast<double>(space->free_bytes) /
                                                      static_cast<double>(space->total_bytes);
    const std::string text = folder + " has " + format_byte_size(space->free_bytes / kMiB * kMiB) +
                             " free (" + std::to_string(static_cast<int>(part * 100)) + " %)";
    const char* const advice =
        "make room, or set retention.max_size or retention.min_free_percent, which drop the oldest "
        "lines";
    if (space->free_bytes < kFreeMin) {
        findings.push_back({Level::kProblem, text, advice});
    } else if (part < kFreePartMin) {
        findings.push_back({Level::kWarning, text, advice});
    } else {
        findings.push_back({Level::kGood, text, {}});
    }
}

/// The folder, or what is there of the path to it: nothing is made, since what root makes here is
/// closed to the user that Skald runs as.
std::string nearest_folder(FileSystem& files, std::string path) {
    while (path != "." && path != "/") {
        const Result<bool> is_there = files.exists(path);
        // Whoever may not even look finds out when writing there.
        if (!is_there || *is_there) break;
        path = storage::parent_path(path);
    }
    return path;
}

/// Milliseconds of one append with a sync.
Result<double> sync_ms(const std::string& path) {
    FileSystem& files = storage::posix_file_system();
    SKALD_TRY(const std::unique_ptr<storage::WritableFile> file, files.create(path));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kSyncs; ++i) {
        SKALD_CHECK(file->append(std::string(4096, 'x')));
        SKALD_CHECK(file->sync());
    }
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - begin;
    return spent.count() / kSyncs;
}

}  // namespace

void examine_folder(const std::string& wanted, std::vector<Finding>& findings) {
    FileSystem& files = storage::posix_file_system();
    const std::string folder = nearest_folder(files, wanted);
    // Others may write to the folder, too: nobody is to guess the name and to put a link there.
    const std::string name = ".skald-doctor-" + std::to_string(std::random_device()());
    const std::string probe = storage::join_path(folder, name);
    const Result<double> sync = sync_ms(probe);
    static_cast<void>(files.remove(probe));
    if (!sync) {
        const std::string text = sync.error().message;
        if (folder == wanted)
            findings.push_back({Level::kProblem, text,
                                "let the user that Skald runs as write there; see df and dmesg"});
        else
            findings.push_back({Level::kProblem, "there is no " + wanted + " yet, and " + text,
                                "let the user that Skald runs as make it, or make it and chown "
                                "it; see df and dmesg"});
        return;
    }
    const std::string text = (folder == wanted ? "" : "there is no " + wanted + " yet; ") + folder +
                             " can be written; a sync takes " +
                             std::to_string(static_cast<int>(*sync + 0.5)) + " ms";
    if (*sync > kSlowSyncMs) {
        findings.push_back(
            {Level::kWarning, text, "put the write-ahead log (ingester.wal.dir) on a faster disk"});
    } else {
        findings.push_back({Level::kGood, text, {}});
    }
    examine_kind(folder, findings);
    examine_space(folder, findings);
}

void examine_file_times(const std::string& folder, std::vector<Finding>& findings) {
    namespace fs = std::filesystem;
    const auto latest = fs::file_time_type::clock::now() + std::chrono::minutes(1);
    std::error_code error;
    int seen = 0;
    for (auto entry = fs::recursive_directory_iterator(folder, error);
         !error && entry != fs::recursive_directory_iterator() && seen < kFilesMax;
         entry.increment(error), ++seen) {
        std::error_code gone;
        const auto time = entry->last_write_time(gone);
        if (gone || time <= latest) continue;
        findings.push_back({Level::kProblem,
                            entry->path().string() + " was written in the future: the clock has "
                                                     "gone back since",
                            "set the clock (timedatectl set-ntp true): lines with times that have "
                            "been already are refused or land in the wrong place"});
        return;
    }
}

}  // namespace skald::app
