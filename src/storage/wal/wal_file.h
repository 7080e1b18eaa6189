// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wal_format.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/wal/wal.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// The file of the current generation, being written. Threading: single-owner (the WAL thread).
class WalFile {
public:
    /// Makes the file. Its header is written with the first records.
    static Result<WalFile> create(FileSystem& files, const std::string& directory,
                                  std::uint64_t generation);

    /// Adds a frame, of which `rest` is the end, to what `write` will write. Both must stay as they
    /// are until then.
    void add(std::string& frame, std::string_view rest);
    /// Writes what was added, at once.
    Result<void> write();
    /// Makes what was written durable; the first time with the file's entry in its folder. After
    /// an error of this or of `write` the file must be abandoned.
    Result<void> sync();
    /// Prepares room behind the end, durably, if that before is nearly used up, and did last
    /// (Wal::Options). After an error the file must be abandoned.
    Result<void> make_room(Clock::TimePoint now, const Wal::Options& options);
    /// Best effort: cuts off what is not durable, or removes the file if nothing is.
    void abandon();

    std::uint64_t generation() const { return identity_.generation; }
    std::uint64_t durable_bytes() const { return durable_bytes_; }
    const std::string& path() const { return path_; }

private:
    WalFile(FileSystem& files, std::string directory, std::string path,
            wal_format::FileIdentity identity, std::unique_ptr<WritableFile> file);

    FileSystem& files_;
    std::string directory_;
    std::string path_;
    wal_format::FileIdentity identity_;
    std::unique_ptr<WritableFile> file_;
    std::string header_;
    std::vector<std::string_view> pieces_;  ///< Added and not written yet.
    std::uint64_t end_ = 0;                 ///< Offset behind the last piece.
    std::uint64_t durable_bytes_ = 0;
    std::uint64_t room_end_ = 0;  ///< Where the room ends, made or not made.
    Clock::TimePoint room_made_ = Clock::TimePoint::min();
};

}  // namespace skald::storage
