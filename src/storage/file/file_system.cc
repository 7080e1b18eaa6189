// SPDX-License-Identifier: Apache-2.0
#include <skald/storage/file/file_system.h>

#include <utility>

namespace skald::storage {

Result<void> WritableFile::append_all(std::span<const std::string_view> pieces) {
    for (const std::string_view piece : pieces) {
        SKALD_CHECK(append(piece));
    }
    return {};
}

Result<Buffer> FileSystem::read_all(const std::string& path) {
    SKALD_TRY(const std::unique_ptr<RandomAccessFile> file, open_read(path));
    return file->read(0, file->size());
}

std::string join_path(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.empty() && path.back() != '/') path.push_back('/');
    path.append(name);
    return path;
}

std::string parent_path(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return ".";
    path = path.substr(0, slash);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    return path.empty() ? "/" : std::string(path);
}

Result<void> make_durable_directories(FileSystem& files, const std::string& path) {
    // Innermost first: each folder whose entry is wanted on the disk.
    std::vector<std::string> chain{path};
    while (parent_path(chain.back()) != chain.back()) chain.push_back(parent_path(chain.back()));
    std::size_t missing = 0;
    for (; missing < chain.size(); ++missing) {
        SKALD_TRY(const bool there, files.exists(chain[missing]));
        if (there) break;
    }
    SKALD_CHECK(files.make_directories(path));
    for (std::size_t i = 1; i < chain.size(); ++i) {
        const Result<void> synced = files.sync_directory(chain[i]);
        if (synced) continue;
        // Folders further out are somebody else's, perhaps not even readable; only those that
        // hold what was made just now, and the one around `path`, must be synced.
        if (i <= missing || i == 1) return synced;
        break;
    }
    return {};
}

}  // namespace skald::storage
