// SPDX-License-Identifier: Apache-2.0
#include "guarded_file_system.h"

#include "guarded_files.h"

#include <string_view>
#include <utility>

namespace skald::storage {

namespace {

/// LOG, LOG.old.<time>: what RocksDB tells about itself.
bool is_for_people(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name == "LOG" || name.starts_with("LOG.");
}

}  // namespace

GuardedFileSystem::GuardedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& target,
                                     std::shared_ptr<DiskTrouble> trouble)
    : FileSystemWrapper(target),
      trouble_(std::move(trouble)),
      trouble_of_logs_(std::make_shared<DiskTrouble>()) {}

const std::shared_ptr<DiskTrouble>& GuardedFileSystem::trouble_of(const std::string& path) const {
    return is_for_people(path) ? trouble_of_logs_ : trouble_;
}

template <class Open>
rocksdb::IOStatus GuardedFileSystem::open_writable(const std::string& path, Writable* result,
                                                   Open open) {
    const std::shared_ptr<DiskTrouble>& trouble = trouble_of(path);
    Writable file;
    IOStatus status = change(*trouble, "create", path, [&] { return open(&file); });
    if (!status.ok()) return status;
    if (file == nullptr) file = std::make_unique<SwallowingFile>();
    std::shared_ptr<rocksdb::FSWritableFile> shared = std::move(file);
    if (is_database_log(path)) {
        const std::lock_guard hold(mutex_);
        last_log_ = shared;
    }
    *result = std::make_unique<GuardedFile>(std::move(shared), trouble, path);
    return status;
}

void GuardedFileSystem::sync_last_log(const std::string& path, Dbg* dbg) {
    const std::shared_ptr<rocksdb::FSWritableFile> last = [&] {
        const std::lock_guard hold(mutex_);
        return last_log_.lock();
    }();
    if (last == nullptr) return;
    static_cast<void>(change(*trouble_, "sync the log before", path, [&] {
        IOStatus status = last->Sync({}, dbg);
        std::unique_ptr<rocksdb::FSDirectory> folder;
        if (status.ok())
            status = target()->NewDirectory(path.substr(0, path.rfind('/')), {}, &folder, dbg);
        return status.ok() ? folder->Fsync({}, dbg) : status;
    }));
}

rocksdb::IOStatus GuardedFileSystem::NewWritableFile(const std::string& path,
                                                     const rocksdb::FileOptions& options,
                                                     Writable* result, Dbg* dbg) {
    if (is_database_log(path)) sync_last_log(path, dbg);
    return open_writable(path, result, [&](Writable* file) {
        return target()->NewWritableFile(path, options, file, dbg);
    });
}

rocksdb::IOStatus GuardedFileSystem::ReopenWritableFile(const std::string& path,
                                                        const rocksdb::FileOptions& options,
                                                        Writable* result, Dbg* dbg) {
    return open_writable(path, result, [&](Writable* file) {
        return target()->ReopenWritableFile(path, options, file, dbg);
    });
}

rocksdb::IOStatus GuardedFileSystem::ReuseWritableFile(const std::string& path,
                                                       const std::string& old_path,
                                                       const rocksdb::FileOptions& options,
                                                       Writable* result, Dbg* dbg) {
    return open_writable(path, result, [&](Writable* file) {
        return target()->ReuseWritableFile(path, old_path, options, file, dbg);
    });
}

rocksdb::IOStatus GuardedFileSystem::NewRandomRWFile(const std::string& path,
                                                     const rocksdb::FileOptions& /*options*/,
                                                     std::unique_ptr<rocksdb::FSRandomRWFile>*,
                                                     Dbg* /*dbg*/) {
    return IOStatus::NotSupported("no file is written in its middle: " + path);
}

rocksdb::IOStatus GuardedFileSystem::NewDirectory(const std::string& path, const Io& options,
                                                  std::unique_ptr<rocksdb::FSDirectory>* result,
                                                  Dbg* dbg) {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    IOStatus status = change(*trouble_, "open folder", path,
                             [&] { return target()->NewDirectory(path, options, &folder, dbg); });
    if (status.ok()) *result = std::make_unique<GuardedFolder>(std::move(folder), trouble_, path);
    return status;
}

/// Not the target's: its log would be written by RocksDB's own writer, past the guard.
rocksdb::IOStatus GuardedFileSystem::NewLogger(const std::string& path, const Io& options,
                                               std::shared_ptr<rocksdb::Logger>* result, Dbg* dbg) {
    return FileSystem::NewLogger(path, options, result, dbg);
}

rocksdb::IOStatus GuardedFileSystem::DeleteFile(const std::string& path, const Io& options,
                                                Dbg* dbg) {
    return change(*trouble_of(path), "remove", path,
                  [&] { return target()->DeleteFile(path, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::Truncate(const std::string& path, std::size_t size,
                                              const Io& options, Dbg* dbg) {
    return change(*trouble_of(path), "truncate", path,
                  [&] { return target()->Truncate(path, size, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::CreateDir(const std::string& path, const Io& options,
                                               Dbg* dbg) {
    return change(*trouble_, "create folder", path,
                  [&] { return target()->CreateDir(path, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::CreateDirIfMissing(const std::string& path, const Io& options,
                                                        Dbg* dbg) {
    return change(*trouble_, "create folder", path,
                  [&] { return target()->CreateDirIfMissing(path, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::DeleteDir(const std::string& path, const Io& options,
                                               Dbg* dbg) {
    return change(*trouble_, "remove folder", path,
                  [&] { return target()->DeleteDir(path, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::RenameFile(const std::string& from, const std::string& to,
                                                const Io& options, Dbg* dbg) {
    return change(*trouble_of(from), "rename", from,
                  [&] { return target()->RenameFile(from, to, options, dbg); });
}

rocksdb::IOStatus GuardedFileSystem::LinkFile(const std::string& from, const std::string& to,
                                              const Io& options, Dbg* dbg) {
    return change(*trouble_of(to), "link", to,
                  [&] { return target()->LinkFile(from, to, options, dbg); });
}

}  // namespace skald::storage
