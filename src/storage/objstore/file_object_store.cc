// SPDX-License-Identifier: Apache-2.0
#include "file_object_store.h"

#include "file_object_writer.h"
#include "object_key.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <utility>

namespace skald::storage {
namespace {

/// No part of a key starts with '.', so this is no object's folder.
constexpr std::string_view kTemporaryFolder = ".tmp";

Error not_there(const std::string& key) {
    return Error{ErrorCode::kNotFound, "object '" + key + "' is not there"};
}

bool is_not_found(const Error& error) {
    return error.code == ErrorCode::kNotFound;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_file_object_store(FileSystem& files, std::string root) {
    auto store = std::make_unique<FileObjectStore>(files, std::move(root));
    SKALD_CHECK(store->prepare());
    return std::unique_ptr<ObjectStore>(std::move(store));
}

FileObjectStore::FileObjectStore(FileSystem& files, std::string root)
    : files_(files),
      root_(std::move(root)),
      temporary_folder_(join_path(root_, kTemporaryFolder)),
      open_files_(files, kOpenFilesMax) {}

Result<void> FileObjectStore::prepare() {
    SKALD_CHECK(make_durable_directories(files_, temporary_folder_));
    SKALD_TRY(const auto leftovers, files_.list(temporary_folder_));
    for (const FileSystem::Entry& entry : leftovers) {
        SKALD_CHECK(files_.remove(join_path(temporary_folder_, entry.name)));
    }
    if (leftovers.empty()) return {};
    log_info("removed objects that a crash left half written",
             {{"folder", temporary_folder_}, {"count", leftovers.size()}});
    return {};
}

Result<std::unique_ptr<ObjectWriter>> FileObjectStore::create(const std::string& key) {
    SKALD_CHECK(check_object_key(key));
    std::string temporary = join_path(temporary_folder_, std::to_string(temporaries_++));
    SKALD_TRY(std::unique_ptr<WritableFile> file, files_.create(temporary));
    return std::unique_ptr<ObjectWriter>(std::make_unique<FileObjectWriter>(
        *this, files_, key, std::move(temporary), std::move(file)));
}

Result<void> FileObjectStore::publish(const std::string& temporary, const std::string& key) {
    const std::string path = path_of(key);
    SKALD_CHECK(settle(parent_path(path)));
    SKALD_TRY(const bool exists, files_.exists(path));
    const bool replaces = exists && !hidden(key);
    if (!replaces) hide(key);
    bool left_behind = false;
    const Result<void> outcome = move_into_place(temporary, path, left_behind);
    open_files_.forget(path);
    if (!outcome && left_behind && !replaces) {
        // Not there is better than perhaps there. What can't be removed stays hidden.
        const Result<void> removed = files_.remove(path);
        if (!removed && !is_not_found(removed.error())) return outcome;
    }
    show(key);
    return outcome;
}

Result<void> FileObjectStore::move_into_place(const std::string& temporary, const std::string& path,
                                              bool& left_behind) {
    SKALD_CHECK(files_.rename(temporary, path));
    left_behind = true;
    SKALD_CHECK(files_.sync_directory(parent_path(path)));
    return {};
}

Result<Buffer> FileObjectStore::read(const std::string& key, std::uint64_t offset,
                                     std::size_t length) const {
    SKALD_TRY(const OpenFiles::FilePtr file, open_object(key));
    return file->read(offset, length);
}

Result<std::uint64_t> FileObjectStore::size(const std::string& key) const {
    SKALD_TRY(const OpenFiles::FilePtr file, open_object(key));
    SKALD_CHECK(settle(parent_path(path_of(key))));
    return file->size();
}

Result<OpenFiles::FilePtr> FileObjectStore::open_object(const std::string& key) const {
    SKALD_CHECK(check_object_key(key));
    if (hidden(key)) return not_there(key);
    auto file = open_files_.open(path_of(key));
    if (!file && is_not_found(file.error())) return not_there(key);
    return file;
}

Result<std::vector<ObjectStore::Listed>> FileObjectStore::list(const std::string& prefix) const {
    SKALD_CHECK(check_object_prefix(prefix));
    const std::size_t slash = prefix.rfind('/');
    const std::size_t split = slash == std::string::npos ? 0 : slash + 1;
    std::vector<Listed> found;
    SKALD_CHECK(list_folder(parent_path(path_of(prefix + "*")), prefix.substr(0, split),
                            std::string_view(prefix).substr(split), found));
    // Folder by folder is not quite the order of keys: "a-b" is before "a/b".
    std::ranges::sort(found, {}, &Listed::key);
    return found;
}

Result<void> FileObjectStore::list_folder(const std::string& folder, const std::string& key_prefix,
                                          std::string_view name_prefix,
                                          std::vector<Listed>& found) const {
    const auto entries = files_.list(folder);
    if (!entries) {
        if (is_not_found(entries.error())) return {};
        return entries.error();
    }
    bool has_objects = false;
    for (const FileSystem::Entry& entry : *entries) {
        if (entry.name.front() == '.' || !entry.name.starts_with(name_prefix)) continue;
        std::string key = key_prefix + entry.name;
        if (entry.is_directory) {
            SKALD_CHECK(list_folder(join_path(folder, entry.name), key + "/", {}, found));
        } else if (!hidden(key)) {
            found.push_back(Listed{std::move(key), entry.size});
            has_objects = true;
        }
    }
    if (!has_objects) return {};
    return settle(folder);
}

Result<void> FileObjectStore::remove(const std::string& key) {
    SKALD_CHECK(check_object_key(key));
    const std::string path = path_of(key);
    const std::string folder = parent_path(path);
    const Result<void> removed = files_.remove(path);
    open_files_.forget(path);
    if (!removed && !is_not_found(removed.error())) return removed;
    show(key);
    // Also if it was gone: the removal before this may have failed at just this step.
    const Result<void> synced = files_.sync_directory(folder);
    if (!synced && is_not_found(synced.error())) return {};
    return synced;
}

bool FileObjectStore::hidden(const std::string& key) const {
    return hidden_.with([&](const std::set<std::string>& keys) { return keys.contains(key); });
}

void FileObjectStore::hide(const std::string& key) {
    hidden_.lock()->insert(key);
}

void FileObjectStore::show(const std::string& key) {
    hidden_.lock()->erase(key);
}

Result<void> FileObjectStore::settle(const std::string& folder) const {
    if (settled_.lock()->contains(folder)) return {};
    SKALD_CHECK(make_durable_directories(files_, folder));
    SKALD_CHECK(files_.sync_directory(folder));
    settled_.lock()->insert(folder);
    return {};
}

}  // namespace skald::storage
