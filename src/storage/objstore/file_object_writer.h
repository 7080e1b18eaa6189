// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/file/file_system.h>
#include <skald/storage/objstore/object_store.h>

#include <memory>
#include <string>
#include <utility>

namespace skald::storage {

class FileObjectStore;

/// Writes a temporary file that `commit` moves into its place. Must not outlive the store.
class FileObjectWriter final : public ObjectWriter {
public:
    FileObjectWriter(FileObjectStore& store, FileSystem& files, std::string key,
                     std::string temporary, std::unique_ptr<WritableFile> file)
        : store_(store),
          files_(files),
          key_(std::move(key)),
          temporary_(std::move(temporary)),
          file_(std::move(file)) {}
    ~FileObjectWriter() override;

    Result<void> append(std::string_view bytes) override;
    Result<void> commit() override;

private:
    Result<void> sync();

    FileObjectStore& store_;
    FileSystem& files_;
    std::string key_;
    std::string temporary_;
    std::unique_ptr<WritableFile> file_;  ///< None after an error or `commit`.
    std::uint64_t unsynced_bytes_ = 0;
    bool committed_ = false;
};

}  // namespace skald::storage
