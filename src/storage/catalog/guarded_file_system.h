// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk_trouble.h"

#include <rocksdb/file_system.h>

#include <memory>
#include <mutex>
#include <string>

namespace skald::storage {

/// Keeps failing disk calls from RocksDB, which does not survive all of them: its writers assert
/// that no call failed before. With the first call that fails to change something, the disk stays
/// as a crash at that moment would have left it: from then on no change reaches it and every one
/// is answered with OK. What RocksDB then believes to have written cannot be read back, which is an
/// error to it. Whoever opened the database asks DiskTrouble what its answers are worth.
///
/// Before a new log of the database is begun the one before is synced: what a power loss takes is
/// the end of what was written, never something in its middle.
///
/// The files LOG* are for people: their failures end nothing but them.
/// Threading: thread-safe.
class GuardedFileSystem final : public rocksdb::FileSystemWrapper {
public:
    GuardedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& target,
                      std::shared_ptr<DiskTrouble> trouble);

    const char* Name() const override { return "SkaldGuardedFileSystem"; }

    using Dbg = rocksdb::IODebugContext;
    using Io = rocksdb::IOOptions;
    using IOStatus = rocksdb::IOStatus;
    using Writable = std::unique_ptr<rocksdb::FSWritableFile>;
    IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                             Writable* result, Dbg* dbg) override;
    IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                Writable* result, Dbg* dbg) override;
    IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                               const rocksdb::FileOptions& options, Writable* result,
                               Dbg* dbg) override;
    IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSRandomRWFile>* result, Dbg* dbg) override;
    IOStatus NewDirectory(const std::string& path, const Io& options,
                          std::unique_ptr<rocksdb::FSDirectory>* result, Dbg* dbg) override;
    IOStatus NewLogger(const std::string& path, const Io& options,
                       std::shared_ptr<rocksdb::Logger>* result, Dbg* dbg) override;
    IOStatus DeleteFile(const std::string& path, const Io& options, Dbg* dbg) override;
    IOStatus Truncate(const std::string& path, std::size_t size, const Io& options,
                      Dbg* dbg) override;
    IOStatus CreateDir(const std::string& path, const Io& options, Dbg* dbg) override;
    IOStatus CreateDirIfMissing(const std::string& path, const Io& options, Dbg* dbg) override;
    IOStatus DeleteDir(const std::string& path, const Io& options, Dbg* dbg) override;
    IOStatus RenameFile(const std::string& from, const std::string& to, const Io& options,
                        Dbg* dbg) override;
    IOStatus LinkFile(const std::string& from, const std::string& to, const Io& options,
                      Dbg* dbg) override;

private:
    const std::shared_ptr<DiskTrouble>& trouble_of(const std::string& path) const;
    /// The log before `path`, with its name.
    void sync_last_log(const std::string& path, Dbg* dbg);
    template <class Open>
    IOStatus open_writable(const std::string& path, Writable* result, Open open);

    // Shared with the files, which may outlive this.
    std::shared_ptr<DiskTrouble> trouble_;
    std::shared_ptr<DiskTrouble> trouble_of_logs_;
    std::mutex mutex_;
    std::weak_ptr<rocksdb::FSWritableFile> last_log_;  ///< Of the database; under mutex_.
};

}  // namespace skald::storage
