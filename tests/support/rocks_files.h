// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/file/file_system.h>

#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// RocksDB's files on one of our file systems, so that a simulated disk loses and refuses them as
/// it does our own. Threading: thread-safe.
class RocksFiles final : public rocksdb::FileSystem {
public:
    using Status = rocksdb::IOStatus;
    using Io = rocksdb::IOOptions;
    using Dbg = rocksdb::IODebugContext;
    using Options = rocksdb::FileOptions;
    using Slice = rocksdb::Slice;

    explicit RocksFiles(storage::FileSystem& files) : files_(files) {}
    const char* Name() const override { return "SkaldRocksFiles"; }

    Status NewSequentialFile(const std::string& path, const Options&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, Dbg*) override {
        return open(path, result,
                    [](auto file) { return std::make_unique<InOrder>(std::move(file)); });
    }
    Status NewRandomAccessFile(const std::string& path, const Options&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               Dbg*) override {
        return open(path, result,
                    [](auto file) { return std::make_unique<InPlaces>(std::move(file)); });
    }
    Status NewWritableFile(const std::string& path, const Options&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, Dbg*) override {
        return to_write(files_.create(path), result);
    }
    Status ReopenWritableFile(const std::string& path, const Options&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result, Dbg*) override {
        return to_write(files_.open_append(path), result);
    }
    Status NewDirectory(const std::string& path, const Io&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, Dbg*) override {
        *result = std::make_unique<Folder>(files_, path);
        return Status::OK();
    }
    Status FileExists(const std::string& path, const Io&, Dbg*) override {
        const Result<bool> there = files_.exists(path);
        if (!there) return status_of(there);
        return *there ? Status::OK() : Status::NotFound();
    }
    Status GetChildren(const std::string& path, const Io&, std::vector<std::string>* result,
                       Dbg*) override {
        const auto entries = files_.list(path);
        if (!entries) return status_of(entries);
        result->clear();
        for (const storage::FileSystem::Entry& entry : *entries) result->push_back(entry.name);
        return Status::OK();
    }
    Status DeleteFile(const std::string& path, const Io&, Dbg*) override {
        return status_of(files_.remove(path));
    }
    Status CreateDir(const std::string& path, const Io&, Dbg*) override {
        return status_of(files_.make_directories(path));
    }
    Status CreateDirIfMissing(const std::string& path, const Io&, Dbg*) override {
        return status_of(files_.make_directories(path));
    }
    Status DeleteDir(const std::string& path, const Io&, Dbg*) override {
        return status_of(files_.remove_directory(path));
    }
    Status GetFileSize(const std::string& path, const Io&, std::uint64_t* size, Dbg*) override {
        const auto file = files_.open_read(path);
        if (!file) return status_of(file);
        *size = (*file)->size();
        return Status::OK();
    }
    Status GetFileModificationTime(const std::string&, const Io&, std::uint64_t* time,
                                   Dbg*) override {
        *time = 0;
        return Status::OK();
    }
    Status RenameFile(const std::string& from, const std::string& to, const Io&, Dbg*) override {
        return status_of(files_.rename(from, to));
    }
    Status LockFile(const std::string& path, const Io&, rocksdb::FileLock** lock, Dbg*) override {
        const std::lock_guard hold(mutex_);
        if (!locked_.insert(path).second) return Status::IOError("it is open already", path);
        *lock = std::make_unique<Lock>(path).release();
        return Status::OK();
    }
    Status UnlockFile(rocksdb::FileLock* lock, const Io&, Dbg*) override {
        const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
        const std::lock_guard hold(mutex_);
        locked_.erase(owned->path);
        return Status::OK();
    }
    Status GetTestDirectory(const Io&, std::string*, Dbg*) override {
        return Status::NotSupported();
    }
    Status GetAbsolutePath(const std::string& path, const Io&, std::string* result, Dbg*) override {
        *result = path;
        return Status::OK();
    }
    Status IsDirectory(const std::string& path, const Io&, bool* result, Dbg*) override {
        *result = files_.list(path).has_value();
        return Status::OK();
    }

private:
    using Readable = std::unique_ptr<storage::RandomAccessFile>;

    template <class T>
    static Status status_of(const Result<T>& result) {
        if (result) return Status::OK();
        const std::string& message = result.error().message;
        switch (result.error().code) {
            case ErrorCode::kNotFound: return Status::PathNotFound(message);
            case ErrorCode::kUnavailable: return Status::NoSpace(message);
            case ErrorCode::kCorruption: return Status::Corruption(message);
            default: return Status::IOError(message);
        }
    }
    /// Fewer bytes than asked for are the end of the file.
    static Status read(const storage::RandomAccessFile& file, std::uint64_t offset,
                       std::size_t length, Slice* result, char* scratch) {
        const std::uint64_t begin = std::min(offset, file.size());
        length = static_cast<std::size_t>(std::min<std::uint64_t>(length, file.size() - begin));
        const Result<Buffer> bytes = file.read(begin, length);
        *result = Slice(scratch, 0);
        if (!bytes) return status_of(bytes);
        if (length > 0) std::memcpy(scratch, bytes->data(), length);
        *result = Slice(scratch, length);
        return Status::OK();
    }

    class InOrder final : public rocksdb::FSSequentialFile {
    public:
        explicit InOrder(Readable file) : file_(std::move(file)) {}
        Status Read(std::size_t length, const Io&, Slice* result, char* scratch, Dbg*) override {
            Status status = read(*file_, at_, length, result, scratch);
            at_ += result->size();
            return status;
        }
        Status Skip(std::uint64_t bytes) override {
            at_ += bytes;
            return Status::OK();
        }

    private:
        Readable file_;
        std::uint64_t at_ = 0;
    };

    class InPlaces final : public rocksdb::FSRandomAccessFile {
    public:
        explicit InPlaces(Readable file) : file_(std::move(file)) {}
        Status Read(std::uint64_t offset, std::size_t length, const Io&, Slice* result,
                    char* scratch, Dbg*) const override {
            return read(*file_, offset, length, result, scratch);
        }

    private:
        Readable file_;
    };

    class Writable final : public rocksdb::FSWritableFile {
    public:
        explicit Writable(std::unique_ptr<storage::WritableFile> file) : file_(std::move(file)) {}
        using rocksdb::FSWritableFile::Append;
        Status Append(const Slice& data, const Io&, Dbg*) override {
            return status_of(file_->append({data.data(), data.size()}));
        }
        Status Truncate(std::uint64_t size, const Io&, Dbg*) override {
            return size == file_->size() ? Status::OK() : status_of(file_->truncate(size));
        }
        Status Close(const Io&, Dbg*) override { return Status::OK(); }
        Status Flush(const Io&, Dbg*) override { return Status::OK(); }
        Status Sync(const Io&, Dbg*) override { return status_of(file_->sync()); }
        std::uint64_t GetFileSize(const Io&, Dbg*) override { return file_->size(); }

    private:
        std::unique_ptr<storage::WritableFile> file_;
    };

    class Folder final : public rocksdb::FSDirectory {
    public:
        Folder(storage::FileSystem& files, std::string path)
            : files_(files), path_(std::move(path)) {}
        Status Fsync(const Io&, Dbg*) override { return status_of(files_.sync_directory(path_)); }
        Status Close(const Io&, Dbg*) override { return Status::OK(); }

    private:
        storage::FileSystem& files_;
        std::string path_;
    };

    struct Lock : rocksdb::FileLock {
        explicit Lock(std::string of) : path(std::move(of)) {}
        std::string path;
    };

    template <class File, class Make>
    Status open(const std::string& path, std::unique_ptr<File>* result, Make make) {
        auto file = files_.open_read(path);
        if (!file) return status_of(file);
        *result = make(*std::move(file));
        return Status::OK();
    }
    static Status to_write(Result<std::unique_ptr<storage::WritableFile>> file,
                           std::unique_ptr<rocksdb::FSWritableFile>* result) {
        if (!file) return status_of(file);
        *result = std::make_unique<Writable>(*std::move(file));
        return Status::OK();
    }

    storage::FileSystem& files_;
    std::mutex mutex_;
    std::set<std::string> locked_;
};

}  // namespace skald::storage
