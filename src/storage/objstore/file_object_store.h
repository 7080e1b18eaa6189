// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "open_files.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/objstore/object_store.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace skald::storage {

/// Objects as files under one folder.
///
/// What is visible is durable: an object whose last step is not done, or failed in a way that
/// leaves its outcome unknown, is hidden, because its reader may remove what it replaces. And a
/// folder whose entries an earlier process may not have synced is synced before they are shown.
class FileObjectStore final : public ObjectStore {
public:
    static constexpr std::size_t kOpenFilesMax = 256;

    FileObjectStore(FileSystem& files, std::string root);

    /// Makes the folders and removes what a crash left behind.
    Result<void> prepare();

    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override;
    Result<std::uint64_t> size(const std::string& key) const override;
    Result<std::vector<Listed>> list(const std::string& prefix) const override;
    Result<void> remove(const std::string& key) override;

    /// Makes the synced temporary file the object `key`.
    Result<void> publish(const std::string& temporary, const std::string& key);
    std::size_t open_files() const { return open_files_.count(); }

private:
    std::string path_of(std::string_view key) const { return join_path(root_, key); }
    bool hidden(const std::string& key) const;
    void hide(const std::string& key);
    void show(const std::string& key);
    /// Renames and syncs; true if a failure left the object where readers would find it.
    Result<void> move_into_place(const std::string& temporary, const std::string& path,
                                 bool& left_behind);
    Result<OpenFiles::FilePtr> open_object(const std::string& key) const;
    /// Makes the folder (if need be), its entry and the entries in it durable, once a process.
    Result<void> settle(const std::string& folder) const;
    Result<void> list_folder(const std::string& folder, const std::string& key_prefix,
                             std::string_view name_prefix, std::vector<Listed>& found) const;

    FileSystem& files_;
    std::string root_;
    std::string temporary_folder_;
    std::atomic<std::uint64_t> temporaries_ = 0;
    mutable OpenFiles open_files_;
    mutable Guarded<std::set<std::string>> settled_;  ///< Paths of folders.
    Guarded<std::set<std::string>> hidden_;           ///< Keys.
};

}  // namespace skald::storage
