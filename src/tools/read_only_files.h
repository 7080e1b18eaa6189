// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/file/file_system.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::tools {

/// Files that can be looked at only: what would change something succeeds and does nothing, so that
/// start-up code (which tidies up) can be used to look. Threading: as the files.
class ReadOnlyFiles final : public storage::FileSystem {
public:
    explicit ReadOnlyFiles(storage::FileSystem& files) : files_(files) {}

    Result<std::unique_ptr<storage::WritableFile>> create(const std::string& path) override;
    Result<std::unique_ptr<storage::WritableFile>> open_append(const std::string& path) override;
    Result<std::unique_ptr<storage::RandomAccessFile>> open_read(const std::string& path) override {
        return files_.open_read(path);
    }
    Result<void> rename(const std::string&, const std::string&) override { return {}; }
    Result<void> remove(const std::string&) override { return {}; }
    Result<void> make_directories(const std::string&) override { return {}; }
    Result<void> remove_directory(const std::string&) override { return {}; }
    Result<void> sync_directory(const std::string&) override { return {}; }
    Result<std::vector<Entry>> list(const std::string& path) override;
    Result<bool> exists(const std::string& path) override { return files_.exists(path); }
    Result<Space> space(const std::string& path) override { return files_.space(path); }

private:
    storage::FileSystem& files_;
};

}  // namespace skald::tools
