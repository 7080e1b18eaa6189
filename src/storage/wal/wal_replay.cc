// SPDX-License-Identifier: Apache-2.0
#include "file_window.h"
#include "wal_format.h"
#include "wal_path.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/wal/wal.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace skald::storage {

Result<std::string_view> FileWindow::at(std::uint64_t offset, std::size_t length) {
    SKALD_ASSERT(offset <= size_ && length <= size_ - offset);
    const bool inside = offset >= begin_ && offset + length <= begin_ + bytes_.size();
    if (!inside) {
        const std::uint64_t rest = size_ - offset;
        const auto wanted = static_cast<std::size_t>(
            std::min(rest, static_cast<std::uint64_t>(std::max(length, kBytes))));
        bytes_ = Buffer();  // Before the next part is read, so that there are never two.
        begin_ = offset;
        Result<Buffer> read = file_.read(offset, wanted);
        if (read) {
            bytes_ = *std::move(read);
        } else if (read.error().code == ErrorCode::kIo) {
            SKALD_CHECK(read_by_sectors(offset, wanted));
        } else {
            return std::move(read).error();
        }
    }
    return bytes_.view().substr(static_cast<std::size_t>(offset - begin_), length);
}

/// A disk that fails altogether must stop the replay: files that look empty would be retired.
Result<void> FileWindow::read_by_sectors(std::uint64_t offset, std::size_t length) {
    Buffer bytes(length);
    for (std::size_t done = 0; done < length;) {
        const std::size_t to_border = kSectorBytes - (offset + done) % kSectorBytes;
        const std::size_t size = std::min(length - done, to_border);
        const Result<Buffer> sector = file_.read(offset + done, size);
        if (sector) {
            std::memcpy(bytes.data() + done, sector->data(), size);
        } else {
            unreadable_bytes_ += size;
            if (unreadable_bytes_ > kUnreadableMax) return sector.error();
            std::memset(bytes.data() + done, 0, size);
        }
        done += size;
    }
    bytes_ = std::move(bytes);
    return {};
}

namespace {

using wal_format::FrameHeader;
using wal_format::kFileHeaderBytes;
using wal_format::kFrameHeaderBytes;

constexpr std::size_t kSearchBytes = kMiB;
/// Memory of unpacked records beyond this is given back after the record.
constexpr std::size_t kRoomKept = 16 * kMiB;

using Apply = std::function<Result<void>(std::string_view payload)>;

/// Reads one file from front to back. Threading: single-owner.
class Replay {
public:
    Replay(const RandomAccessFile& file, std::string path, std::uint64_t generation,
           const Apply& apply)
        : window_(file), path_(std::move(path)), apply_(apply), frame_generation_(generation) {
        report_.generation = generation;
    }

    /// Where the file should be cut is `report.bytes` afterwards.
    Result<WalFileReport> run() {
        SKALD_CHECK(read_file_header());
        while (offset_ < window_.size()) {
            SKALD_TRY(const std::optional<FrameHeader> header, header_at(offset_));
            if (!header) {
                note_damage(1);
                SKALD_TRY(offset_, find_frame(offset_ + 1));
                continue;
            }
            const std::uint64_t rest = window_.size() - offset_ - kFrameHeaderBytes;
            if (header->stored_bytes > rest) {
                note_damage(0);
                break;
            }
            SKALD_CHECK(read_record(*header));
        }
        if (window_.unreadable_bytes() > 0) return report_unreadable();
        report_.bytes = bad_from_.value_or(window_.size());
        SKALD_TRY(const std::uint64_t end, end_of_writing(report_.bytes));
        report_.torn_bytes = end - report_.bytes;
        report_.room_bytes = window_.size() - end;
        return report_;
    }

private:
    /// Nothing is cut off a file that the disk could not read all of: it may be able to later. And
    /// one without a single good record must not pass for an empty one, which would be removed.
    Result<WalFileReport> report_unreadable() {
        log_error("the disk cannot read parts of a write-ahead log file",
                  {{"file", path_},
                   {"bytes", window_.unreadable_bytes()},
                   {"do",
                    "look for the disk's errors in the kernel's log and replace it; what was "
                    "acknowledged in these bytes is lost unless its sender has it"}});
        if (report_.records == 0) {
            return Error{ErrorCode::kIo, "write-ahead log: " + path_ + ": cannot be read"};
        }
        if (bad_from_) bad_records_ += bad_records_ == 0 ? 1 : 0;
        report_damage();
        report_.bytes = window_.size();
        return report_;
    }

    Result<void> read_file_header() {
        if (window_.size() < kFileHeaderBytes) return {};
        SKALD_TRY(const std::string_view bytes, window_.at(0, kFileHeaderBytes));
        const auto identity = wal_format::decode_file_header(bytes);
        offset_ = kFileHeaderBytes;
        if (identity) {
            salt_ = identity->salt;
            if (identity->generation == frame_generation_) return {};
            log_warn("a write-ahead log file was renamed",
                     {{"file", path_}, {"generation", identity->generation}});
            frame_generation_ = identity->generation;
            return {};
        }
        if (identity.error().code == ErrorCode::kNotSupported) {
            return Error{ErrorCode::kNotSupported,
                         "write-ahead log: " + path_ + ": " + identity.error().message};
        }
        // The frames carry all that is needed to go on, if they are there.
        report_.is_header_damaged = true;
        bad_from_ = 0;
        return {};
    }

    /// The good header of a frame of this file at `offset`, if there is one.
    Result<std::optional<FrameHeader>> header_at(std::uint64_t offset) {
        std::optional<FrameHeader> header;
        if (window_.size() - offset < kFrameHeaderBytes) return header;
        SKALD_TRY(const std::string_view bytes, window_.at(offset, kFrameHeaderBytes));
        header = decode(bytes, offset);
        return header;
    }

    std::optional<FrameHeader> decode(std::string_view bytes, std::uint64_t offset) const {
        auto header = wal_format::decode_frame_header(bytes, frame_generation_, offset);
        if (header && salt_ && header->salt != *salt_) header.reset();
        return header;
    }

    /// The offset of the next good header at or after `from`, or the file's end.
    Result<std::uint64_t> find_frame(std::uint64_t from) {
        while (from < window_.size() && window_.size() - from >= kFrameHeaderBytes) {
            const auto length = static_cast<std::size_t>(
                std::min<std::uint64_t>(window_.size() - from, kSearchBytes));
            SKALD_TRY(const std::string_view bytes, window_.at(from, length));
            for (std::size_t at = 0;; ++at) {
                at = bytes.find(wal_format::kFrameMagic, at);
                if (at == std::string_view::npos || bytes.size() - at < kFrameHeaderBytes) break;
                if (decode(bytes.substr(at), from + at)) return from + at;
            }
            // The next part overlaps by what could not be a whole header yet.
            from += length - kFrameHeaderBytes + 1;
        }
        return window_.size();
    }

    /// Behind the last byte from `from` on that is not a zero.
    Result<std::uint64_t> end_of_writing(std::uint64_t from) {
        std::uint64_t end = from;
        for (std::uint64_t at = from; at < window_.size();) {
            const auto length = static_cast<std::size_t>(
                std::min<std::uint64_t>(window_.size() - at, kSearchBytes));
            SKALD_TRY(const std::string_view bytes, window_.at(at, length));
            const std::size_t last = bytes.find_last_not_of('\0');
            if (last != std::string_view::npos) end = at + last + 1;
            at += length;
        }
        return end;
    }

    Result<void> read_record(const FrameHeader& header) {
        SKALD_TRY(const std::string_view stored,
                  window_.at(offset_ + kFrameHeaderBytes, header.stored_bytes));
        const auto payload = wal_format::unpack_payload(header, stored, room_);
        if (payload) {
            report_damage();
            salt_ = header.salt;
            ++report_.records;
            SKALD_CHECK(apply_(*payload));
        } else {
            note_damage(1);
        }
        if (room_.capacity() > kRoomKept) room_ = Buffer();
        offset_ += kFrameHeaderBytes + header.stored_bytes;
        return {};
    }

    /// Whether it is damage or the torn end shows only when a good record follows.
    void note_damage(std::uint64_t records) {
        if (!bad_from_) bad_from_ = offset_;
        bad_records_ += records;
    }

    void report_damage() {
        if (!bad_from_) return;
        log_error("a write-ahead log file is damaged",
                  {{"file", path_},
                   {"offset", *bad_from_},
                   {"bytes", offset_ - *bad_from_},
                   {"damaged_records", bad_records_},
                   {"do",
                    "run skald check, and look for the disk's errors in the kernel's log; the "
                    "records are lost unless their sender has them"}});
        report_.damaged_records += std::exchange(bad_records_, 0);
        bad_from_.reset();
    }

    FileWindow window_;
    std::string path_;
    const Apply& apply_;
    std::uint64_t frame_generation_;
    std::optional<std::uint64_t> salt_;
    Buffer room_;
    WalFileReport report_;
    std::uint64_t offset_ = 0;
    std::optional<std::uint64_t> bad_from_;  ///< Nothing good since here.
    std::uint64_t bad_records_ = 0;
};

/// Best effort: a tail that stays is found torn again by the next replay.
void cut(FileSystem& files, const std::string& path, const WalFileReport& report) {
    log_warn("a write-ahead log file ends in a torn record, which is cut off",
             {{"file", path}, {"offset", report.bytes}, {"bytes", report.torn_bytes}});
    const auto cut_off = [&]() -> Result<void> {
        SKALD_TRY(const std::unique_ptr<WritableFile> file, files.open_append(path));
        SKALD_CHECK(file->truncate(report.bytes));
        return file->sync();
    }();
    if (cut_off) return;
    log_warn("could not cut off the torn end", {{"file", path}, {"err", cut_off.error().message}});
}

}  // namespace

Result<WalFileReport> replay_wal_file(FileSystem& files, const std::string& directory,
                                      std::uint64_t generation, const Apply& apply) {
    const std::string path = wal_path(directory, generation);
    SKALD_TRY(const std::unique_ptr<RandomAccessFile> file, files.open_read(path));
    SKALD_TRY(const WalFileReport report, Replay(*file, path, generation, apply).run());
    if (report.torn_bytes > 0) cut(files, path, report);
    return report;
}

}  // namespace skald::storage
