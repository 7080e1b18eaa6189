// SPDX-License-Identifier: Apache-2.0
#include "wal_file.h"

#include "wal_path.h"

#include <skald/foundation/telemetry/log.h>

#include <unistd.h>

#include <utility>

namespace skald::storage {
namespace {

std::uint64_t random_salt() {
    std::uint64_t salt = 0;
    // It fails only where the kernel has no getrandom; 0 is then as good as what we could make up.
    if (::getentropy(&salt, sizeof salt) != 0) return 0;
    return salt;
}

}  // namespace

WalFile::WalFile(FileSystem& files, std::string directory, std::string path,
                 wal_format::FileIdentity identity, std::unique_ptr<WritableFile> file)
    : files_(files),
      directory_(std::move(directory)),
      path_(std::move(path)),
      identity_(identity),
      file_(std::move(file)),
      header_(wal_format::encode_file_header(identity)) {}

Result<WalFile> WalFile::create(FileSystem& files, const std::string& directory,
                                std::uint64_t generation) {
    std::string path = wal_path(directory, generation);
    SKALD_TRY(std::unique_ptr<WritableFile> file, files.create(path));
    file->expect_no_reads();
    return WalFile(files, directory, std::move(path), {generation, random_salt()}, std::move(file));
}

void WalFile::add(std::string& frame, std::string_view rest) {
    if (end_ == 0) {
        pieces_.push_back(header_);
        end_ = header_.size();
    }
    wal_format::seal_frame(frame, identity_, end_);
    pieces_.push_back(frame);
    if (!rest.empty()) pieces_.push_back(rest);
    end_ += frame.size() + rest.size();
}

Result<void> WalFile::write() {
    const Result<void> written = file_->append_all(pieces_);
    pieces_.clear();
    return written;
}

Result<void> WalFile::make_room(Clock::TimePoint now, const Wal::Options& options) {
    const std::uint64_t bytes = options.room_bytes;
    if (bytes == 0 || end_ + bytes / 4 <= room_end_) return {};
    room_end_ = end_ + bytes;
    if (std::exchange(room_made_, now) + options.room_lasts > now) return {};
    // Without it the log works as well, only slower.
    if (!file_->prepare(bytes)) return {};
    return file_->sync();
}

Result<void> WalFile::sync() {
    SKALD_CHECK(file_->sync());
    if (durable_bytes_ == 0) {
        SKALD_CHECK(files_.sync_directory(directory_));
    }
    durable_bytes_ = end_;
    return {};
}

void WalFile::abandon() {
    const bool keep = durable_bytes_ > 0;
    const Result<void> outcome = keep ? file_->truncate(durable_bytes_) : files_.remove(path_);
    file_.reset();
    if (outcome) return;
    log_warn(
        "could not cut off what was not durable of a write-ahead log file",
        {{"file", path_}, {"durable_bytes", durable_bytes_}, {"err", outcome.error().message}});
}

}  // namespace skald::storage
