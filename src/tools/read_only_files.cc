// SPDX-License-Identifier: Apache-2.0
#include "read_only_files.h"

namespace skald::tools {

namespace {

/// Takes what is written and keeps nothing.
class NoFile final : public storage::WritableFile {
public:
    Result<void> append(std::string_view bytes) override {
        size_ += bytes.size();
        return {};
    }
    Result<void> sync() override { return {}; }
    Result<void> truncate(std::uint64_t size) override {
        size_ = size;
        return {};
    }
    std::uint64_t size() const override { return size_; }

private:
    std::uint64_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<storage::WritableFile>> ReadOnlyFiles::create(const std::string&) {
    return std::unique_ptr<storage::WritableFile>(std::make_unique<NoFile>());
}

Result<std::unique_ptr<storage::WritableFile>> ReadOnlyFiles::open_append(const std::string&) {
    return std::unique_ptr<storage::WritableFile>(std::make_unique<NoFile>());
}

Result<std::vector<storage::FileSystem::Entry>> ReadOnlyFiles::list(const std::string& path) {
    auto entries = files_.list(path);
    // A folder that start-up code has just "made".
    if (!entries && entries.error().code == ErrorCode::kNotFound) return std::vector<Entry>{};
    return entries;
}

}  // namespace skald::tools
