// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk_trouble.h"

#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <utility>

// The open files of GuardedFileSystem.
namespace skald::storage {

/// Makes a change unless there is trouble already; a failure is trouble. Both are answered with OK.
template <class Call>
rocksdb::IOStatus change(DiskTrouble& trouble, const char* what, const std::string& path,
                         Call call) {
    if (trouble.is_there()) return rocksdb::IOStatus::OK();
    rocksdb::IOStatus status = call();
    // What is not there, or not possible, says nothing about the disk.
    if (status.ok() || status.IsNotFound() || status.IsPathNotFound() || status.IsNotSupported())
        return status;
    trouble.set(status, std::string(what) + " " + path);
    return rocksdb::IOStatus::OK();
}

inline bool is_database_log(const std::string& path) {
    return path.ends_with(".log");
}

/// Takes everything and keeps nothing. Threading: one thread at a time.
class SwallowingFile final : public rocksdb::FSWritableFile {
public:
    using rocksdb::FSWritableFile::Append;
    using Status = rocksdb::IOStatus;
    using Io = rocksdb::IOOptions;
    using Dbg = rocksdb::IODebugContext;
    Status Append(const rocksdb::Slice&, const Io&, Dbg*) override { return Status::OK(); }
    Status Close(const Io&, Dbg*) override { return Status::OK(); }
    Status Flush(const Io&, Dbg*) override { return Status::OK(); }
    Status Sync(const Io&, Dbg*) override { return Status::OK(); }
};

/// Threading: as RocksDB's files: one thread at a time.
class GuardedFile final : public rocksdb::FSWritableFileWrapper {
public:
    using Status = rocksdb::IOStatus;
    using Io = rocksdb::IOOptions;
    using Dbg = rocksdb::IODebugContext;
    using Verify = rocksdb::DataVerificationInfo;
    using Slice = rocksdb::Slice;

    GuardedFile(std::shared_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<DiskTrouble> trouble,
                std::string path)
        : FSWritableFileWrapper(file.get()),
          file_(std::move(file)),
          trouble_(std::move(trouble)),
          path_(std::move(path)),
          is_database_log_(is_database_log(path_)) {
        note_cut();
    }

    Status Append(const Slice& data, const Io& io, Dbg* dbg) override {
        return append([&] { return target()->Append(data, io, dbg); });
    }
    Status Append(const Slice& data, const Io& io, const Verify& verify, Dbg* dbg) override {
        return append([&] { return target()->Append(data, io, verify, dbg); });
    }
    Status PositionedAppend(const Slice& data, std::uint64_t offset, const Io& io,
                            Dbg* dbg) override {
        return append([&] { return target()->PositionedAppend(data, offset, io, dbg); });
    }
    Status PositionedAppend(const Slice& data, std::uint64_t offset, const Io& io,
                            const Verify& verify, Dbg* dbg) override {
        return append([&] { return target()->PositionedAppend(data, offset, io, verify, dbg); });
    }
    Status Truncate(std::uint64_t size, const Io& io, Dbg* dbg) override {
        return guarded("truncate", [&] { return target()->Truncate(size, io, dbg); });
    }
    Status Close(const Io& io, Dbg* dbg) override {
        return guarded("close", [&] { return target()->Close(io, dbg); });
    }
    Status Flush(const Io& io, Dbg* dbg) override {
        return guarded("flush", [&] { return target()->Flush(io, dbg); });
    }
    Status Sync(const Io& io, Dbg* dbg) override {
        return guarded("sync", [&] { return target()->Sync(io, dbg); });
    }
    Status Fsync(const Io& io, Dbg* dbg) override {
        return guarded("sync", [&] { return target()->Fsync(io, dbg); });
    }
    Status RangeSync(std::uint64_t offset, std::uint64_t size, const Io& io, Dbg* dbg) override {
        return guarded("sync", [&] { return target()->RangeSync(offset, size, io, dbg); });
    }
    // Room ahead is a help only: RocksDB itself ignores that there is none.
    void PrepareWrite(std::size_t offset, std::size_t size, const Io& io, Dbg* dbg) override {
        if (!trouble_->is_there()) target()->PrepareWrite(offset, size, io, dbg);
    }
    Status Allocate(std::uint64_t offset, std::uint64_t size, const Io& io, Dbg* dbg) override {
        if (trouble_->is_there()) return Status::OK();
        return target()->Allocate(offset, size, io, dbg);
    }

private:
    template <class Call>
    Status guarded(const char* what, Call call) {
        return change(*trouble_, what, path_, call);
    }
    template <class Call>
    Status append(Call call) {
        Status status = guarded("write", call);
        note_cut();
        return status;
    }
    /// Comes before RocksDB puts into memory what may be missing here.
    void note_cut() {
        if (is_database_log_ && trouble_->is_there()) trouble_->cut_log();
    }

    std::shared_ptr<rocksdb::FSWritableFile> file_;  // Known to the file system, too.
    std::shared_ptr<DiskTrouble> trouble_;           // Of the file system, which may go first.
    std::string path_;
    bool is_database_log_;
};

/// Threading: thread-safe if the folder below is. `folder` may be null.
class GuardedFolder final : public rocksdb::FSDirectory {
public:
    using Status = rocksdb::IOStatus;
    using Io = rocksdb::IOOptions;
    using Dbg = rocksdb::IODebugContext;

    GuardedFolder(std::unique_ptr<rocksdb::FSDirectory> folder,
                  std::shared_ptr<DiskTrouble> trouble, std::string path)
        : folder_(std::move(folder)), trouble_(std::move(trouble)), path_(std::move(path)) {}

    Status Fsync(const Io& io, Dbg* dbg) override {
        return change(*trouble_, "sync", path_, [&] { return folder_->Fsync(io, dbg); });
    }
    Status FsyncWithDirOptions(const Io& io, Dbg* dbg,
                               const rocksdb::DirFsyncOptions& options) override {
        return change(*trouble_, "sync", path_,
                      [&] { return folder_->FsyncWithDirOptions(io, dbg, options); });
    }
    Status Close(const Io& io, Dbg* dbg) override {
        return change(*trouble_, "close", path_, [&] { return folder_->Close(io, dbg); });
    }
    std::size_t GetUniqueId(char* id, std::size_t size_max) const override {
        return folder_ == nullptr ? 0 : folder_->GetUniqueId(id, size_max);
    }

private:
    std::unique_ptr<rocksdb::FSDirectory> folder_;
    std::shared_ptr<DiskTrouble> trouble_;
    std::string path_;
};

}  // namespace skald::storage
