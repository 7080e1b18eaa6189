// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <skald/foundation/base/units.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/snapshot.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

// Why the copy is of one moment: names of segments are never used again, so what is in two equal
// listings, one before and one after the files were brought, was there all the time between them.
// What was brought and is not in the last listing is taken out: an input of a merge must not
// outlive what has replaced it. Requests come first: one that is processed by the time its segments
// are brought is looked at again, while segments from before it with a request that is processed
// would bring its lines back.
namespace skald::tools {

namespace {

namespace fs = std::filesystem;

constexpr int kRoundsMax = 1000;
constexpr std::chrono::milliseconds kBetweenRounds{10};
constexpr std::uint64_t kCopyBytes = 4 * kMiB;

Error file_error(const std::string& what, const std::error_code& error) {
    return {ErrorCode::kIo, what + ": " + error.message()};
}

/// Files below a folder by their paths inside it; temporary ones (".tmp/…") are left out.
Result<std::set<std::string>> files_below(const fs::path& folder) {
    std::set<std::string> found;
    std::error_code error;
    if (!fs::exists(folder, error)) return found;
    fs::recursive_directory_iterator at(folder, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        if (at->is_regular_file(gone) && !gone)
            found.insert(at->path().lexically_relative(folder).string());
    }
    if (error) return file_error(folder.string(), error);
    return found;
}

/// True if it was linked, false if it is gone.
Result<bool> link_file(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (error) return file_error(to.parent_path().string(), error);
    fs::create_hard_link(from, to, error);
    if (error == std::errc::no_such_file_or_directory) return false;
    if (error == std::errc::cross_device_link)
        return Error{ErrorCode::kInvalidArgument,
                     "a snapshot is made of hard links: its folder must be on the file system of " +
                         from.parent_path().string()};
    if (error) return file_error(to.string(), error);
    return true;
}

/// Where the files of a snapshot come from.
class Source {
public:
    virtual ~Source() = default;
    /// The paths of what is below `folder` now, inside it.
    virtual Result<std::set<std::string>> list(const std::string& folder) const = 0;
    /// Makes `to` of `file` below `folder`; false if that is gone.
    virtual Result<bool> bring(const std::string& folder, const std::string& file,
                               const fs::path& to) const = 0;
};

/// Links files, which takes no space.
class FolderSource final : public Source {
public:
    explicit FolderSource(fs::path root) : root_(std::move(root)) {}
    Result<std::set<std::string>> list(const std::string& folder) const override {
        return files_below(root_ / folder);
    }
    Result<bool> bring(const std::string& folder, const std::string& file,
                       const fs::path& to) const override {
        return link_file(root_ / folder / file, to);
    }

private:
    const fs::path root_;
};

/// Copies objects of a bucket.
class BucketSource final : public Source {
public:
    explicit BucketSource(const storage::ObjectStore& objects) : objects_(objects) {}
    Result<std::set<std::string>> list(const std::string& folder) const override {
        SKALD_TRY(const auto listed, objects_.list(folder + "/"));
        std::set<std::string> found;
        for (const storage::ObjectStore::Listed& object : listed)
            found.insert(object.key.substr(folder.size() + 1));
        return found;
    }
    Result<bool> bring(const std::string& folder, const std::string& file,
                       const fs::path& to) const override {
        const Result<void> copied = copy(folder + "/" + file, to);
        if (copied) return true;
        if (copied.error().code == ErrorCode::kNotFound) return false;
        return copied.error();
    }

private:
    Result<void> copy(const std::string& key, const fs::path& to) const {
        SKALD_TRY(const std::uint64_t size, objects_.size(key));
        std::error_code error;
        fs::create_directories(to.parent_path(), error);
        if (error) return file_error(to.parent_path().string(), error);
        SKALD_TRY(const auto file, storage::posix_file_system().create(to.string()));
        for (std::uint64_t at = 0; at < size; at += kCopyBytes) {
            const std::uint64_t length = std::min(kCopyBytes, size - at);
            SKALD_TRY(const Buffer bytes, objects_.read(key, at, static_cast<std::size_t>(length)));
            SKALD_CHECK(file->append(bytes.view()));
        }
        return file->sync();
    }

    const storage::ObjectStore& objects_;
};

/// Brings what is below `folder` as it is at one moment.
Result<void> bring_folder(const Source& source, const std::string& folder, const fs::path& to,
                          Progress& progress) {
    std::set<std::string> brought;
    SKALD_TRY(std::set<std::string> before, source.list(folder));
    for (int round = 0; round < kRoundsMax; ++round) {
        for (const std::string& file : before) {
            if (brought.contains(file)) continue;
            SKALD_TRY(const bool is_there, source.bring(folder, file, to / file));
            if (!is_there) continue;
            brought.insert(file);
            progress.add(1);
        }
        SKALD_TRY(std::set<std::string> after, source.list(folder));
        std::error_code error;
        for (auto at = brought.begin(); at != brought.end();) {
            if (after.contains(*at)) {
                ++at;
                continue;
            }
            fs::remove(to / *at, error);
            if (error) return file_error((to / *at).string(), error);
            at = brought.erase(at);
        }
        if (after == before && brought == after) return {};
        before = std::move(after);
        std::this_thread::sleep_for(kBetweenRounds);
    }
    return Error{ErrorCode::kUnavailable, folder + ": changes too fast"};
}

/// Names are durable only after their folders are synced; the files' bytes are already.
Result<void> sync_folders(const fs::path& root) {
    storage::FileSystem& files = storage::posix_file_system();
    SKALD_CHECK(files.sync_directory(root.string()));
    std::error_code error;
    fs::recursive_directory_iterator at(root, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
        if (at->is_directory(error)) {
            SKALD_CHECK(files.sync_directory(at->path().string()));
        }
    }
    if (error) return file_error(root.string(), error);
    return {};
}

/// Log files are copied: the next start may cut their ends.
Result<std::uint64_t> copy_wal(const std::string& from, const fs::path& to) {
    storage::FileSystem& files = storage::posix_file_system();
    SKALD_TRY(const std::set<std::string> names, files_below(from));
    std::error_code error;
    fs::create_directories(to, error);
    for (const std::string& name : names) {
        if (fs::path(name).has_parent_path()) continue;
        fs::copy_file(fs::path(from) / name, to / name, error);
        if (error) return file_error(name, error);
        SKALD_TRY(const auto file, files.open_append((to / name).string()));
        SKALD_CHECK(file->sync());
    }
    return names.size();
}

std::unique_ptr<const Source> source_of(const DataFolders& folders) {
    if (folders.bucket != nullptr) return std::make_unique<BucketSource>(*folders.bucket);
    return std::make_unique<FolderSource>(folders.chunks);
}

Result<SnapshotReport> fill(const SnapshotOptions& options, const fs::path& folder) {
    Progress progress("files", 0);
    const std::unique_ptr<const Source> source = source_of(options.folders);
    std::error_code error;
    fs::create_directories(folder / "chunks" / "segments", error);
    if (error) return file_error(folder.string(), error);
    SKALD_CHECK(bring_folder(*source, "deletes", folder / "chunks" / "deletes", progress));
    if (options.flush) {
        SKALD_CHECK(options.flush());
    }
    SKALD_CHECK(bring_folder(*source, "segments", folder / "chunks" / "segments", progress));
    SnapshotReport report;
    if (!options.flush) {
        SKALD_TRY(report.wal_files, copy_wal(options.folders.wal, folder / "wal"));
    }
    SKALD_TRY(const std::set<std::string> segments, files_below(folder / "chunks" / "segments"));
    SKALD_TRY(const std::set<std::string> deletes, files_below(folder / "chunks" / "deletes"));
    report.segments = segments.size();
    report.delete_requests = deletes.size();
    for (const std::string& file : segments)
        report.bytes += fs::file_size(folder / "chunks" / "segments" / file, error);
    SKALD_CHECK(sync_folders(folder));
    return report;
}

}  // namespace

Result<SnapshotReport> make_snapshot(const SnapshotOptions& options) {
    std::error_code error;
    const fs::path target = fs::absolute(options.target, error).lexically_normal();
    if (error || target.empty())
        return Error{ErrorCode::kInvalidArgument, options.target + ": not a folder's name"};
    if (fs::exists(target, error))
        return Error{ErrorCode::kInvalidArgument,
                     target.string() + " is there already; a snapshot makes its folder"};
    if (options.folders.bucket == nullptr && !fs::exists(options.folders.chunks, error))
        return Error{ErrorCode::kNotFound, options.folders.chunks + ": there is no such folder"};
    const fs::path unfinished(target.string() + ".unfinished");
    // Of a snapshot that was interrupted.
    fs::remove_all(unfinished, error);
    Result<SnapshotReport> report = fill(options, unfinished);
    if (!report) {
        fs::remove_all(unfinished, error);
        return report;
    }
    fs::rename(unfinished, target, error);
    if (error) return file_error(target.string(), error);
    SKALD_CHECK(storage::posix_file_system().sync_directory(target.parent_path().string()));
    return report;
}

}  // namespace skald::tools
