// SPDX-License-Identifier: Apache-2.0
#include "file_error.h"
#include "posix_file.h"

#include <skald/foundation/base/regular_file.h>
#include <skald/storage/file/file_system.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

namespace skald::storage {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kDirectoryMode = 0755;

Descriptor open_descriptor(const std::string& path, int flags) {
    return Descriptor(
        retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
}

bool is_directory(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class PosixFileSystem final : public FileSystem {
public:
    Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
        return open_to_write(path, O_TRUNC, "create");
    }

    Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override {
        return open_to_write(path, 0, "open");
    }

    Result<std::unique_ptr<RandomAccessFile>> open_read(const std::string& path) override {
        // Some of the files are put there by operators: rules, overrides, tokens.
        Result<RegularFile> file = RegularFile::open(path);
        if (!file) return Error{file.error().code, "cannot open " + file.error().message};
        const auto size = static_cast<std::uint64_t>(file->status().st_size);
        return std::unique_ptr<RandomAccessFile>(
            std::make_unique<PosixRandomAccessFile>(Descriptor(file->release()), path, size));
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) == 0) return {};
        return file_error_or_not_found(errno, "rename", from + " to " + to);
    }

    Result<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) == 0) return {};
        return file_error_or_not_found(errno, "remove", path);
    }

    Result<void> make_directories(const std::string& path) override {
        // Outermost first. A parent that exists may be one that we must not write to.
        for (std::size_t end = 0; end != std::string::npos;) {
            end = path.find('/', end + 1);
            const std::string prefix = path.substr(0, end);
            if (is_directory(prefix)) continue;
            if (::mkdir(prefix.c_str(), kDirectoryMode) == 0) continue;
            const int number = errno;
            if (number == EEXIST && is_directory(prefix)) continue;
            return file_error(number, "make the folder", prefix);
        }
        return {};
    }

    Result<void> remove_directory(const std::string& path) override {
        if (::rmdir(path.c_str()) == 0) return {};
        return file_error_or_not_found(errno, "remove the folder", path);
    }

    Result<void> sync_directory(const std::string& path) override {
        const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
        if (!descriptor.open()) return file_error_or_not_found(errno, "sync the folder", path);
        if (::fsync(descriptor.number()) == 0) return {};
        return file_error(errno, "sync the folder", path);
    }

    Result<std::vector<Entry>> list(const std::string& path) override {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
        if (!folder) return file_error_or_not_found(errno, "list", path);
        std::vector<Entry> entries;
        while (true) {
            errno = 0;
            const dirent* found = ::readdir(folder.get());
            if (found == nullptr) break;
            const std::string_view name = found->d_name;
            if (name == "." || name == "..") continue;
            struct stat status {};
            if (::fstatat(::dirfd(folder.get()), found->d_name, &status, AT_SYMLINK_NOFOLLOW) !=
                0) {
                if (errno == ENOENT) continue;  // Removed since readdir.
                return file_error(errno, "list", join_path(path, name));
            }
            const bool directory = S_ISDIR(status.st_mode);
            const auto bytes = static_cast<std::uint64_t>(status.st_size);
            entries.push_back(Entry{std::string(name), directory, directory ? 0 : bytes});
        }
        if (errno != 0) return file_error(errno, "list", path);
        std::ranges::sort(entries, {}, &Entry::name);
        return entries;
    }

    Result<bool> exists(const std::string& path) override {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0) return true;
        if (errno == ENOENT || errno == ENOTDIR) return false;
        return file_error(errno, "look for", path);
    }

    Result<Space> space(const std::string& path) override {
        struct statvfs status {};
        if (retry_interrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0) {
            return file_error_or_not_found(errno, "ask for the free space of", path);
        }
        const std::uint64_t unit = status.f_frsize;
        return Space{status.f_bavail * unit, status.f_blocks * unit};
    }

private:
    static Result<std::unique_ptr<WritableFile>> open_to_write(const std::string& path, int flags,
                                                               std::string_view operation) {
        Descriptor descriptor = open_descriptor(path, O_WRONLY | O_CREAT | flags);
        if (!descriptor.open()) return file_error(errno, operation, path);
        const off_t end = ::lseek(descriptor.number(), 0, SEEK_END);
        if (end < 0) return file_error(errno, operation, path);
        return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(
            std::move(descriptor), path, static_cast<std::uint64_t>(end)));
    }
};

}  // namespace

FileSystem& posix_file_system() {
    static PosixFileSystem files;
    return files;
}

}  // namespace skald::storage
