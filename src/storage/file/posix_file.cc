// SPDX-License-Identifier: Apache-2.0
#include "posix_file.h"

#include "file_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

namespace skald::storage {
namespace {

constexpr std::size_t kPiecesPerCall = 256;
constexpr std::uint64_t kHandedOverAt = 1U << 20;
/// Small enough to stay in a cache of the processor's, and few calls for small appends.
constexpr std::uint64_t kDroppedAt = 1U << 18;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::size_t kZerosPerCall = 1U << 18;

/// The pieces that are still to be written, in the form that writev takes.
class Remainder {
public:
    explicit Remainder(std::span<const std::string_view> pieces) : pieces_(pieces) { skip(0); }

    bool empty() const { return pieces_.empty(); }
    /// Fills `vectors`; the number of those used.
    int fill(std::array<iovec, kPiecesPerCall>& vectors) const {
        const std::size_t count = std::min(pieces_.size(), vectors.size());
        for (std::size_t i = 0; i < count; ++i) {
            const std::string_view piece = i == 0 ? pieces_[0].substr(begin_) : pieces_[i];
            vectors[i] = iovec{const_cast<char*>(piece.data()), piece.size()};
        }
        return static_cast<int>(count);
    }
    void skip(std::size_t written) {
        begin_ += written;
        while (!pieces_.empty() && begin_ >= pieces_[0].size()) {
            begin_ -= pieces_[0].size();
            pieces_ = pieces_.subspan(1);
        }
    }

private:
    std::span<const std::string_view> pieces_;
    std::size_t begin_ = 0;  ///< Bytes of the first piece that are written.
};

}  // namespace

Result<void> PosixWritableFile::append(std::string_view bytes) {
    return append_all(std::span(&bytes, 1));
}

Result<void> PosixWritableFile::append_all(std::span<const std::string_view> pieces) {
    std::array<iovec, kPiecesPerCall> vectors;
    Remainder rest(pieces);
    while (!rest.empty()) {
        const int count = rest.fill(vectors);
        const ssize_t written = retry_interrupted(
            [&] { return ::writev(descriptor_.number(), vectors.data(), count); });
        if (written < 0) return file_error(errno, "write", path_);
        size_ += static_cast<std::uint64_t>(written);
        rest.skip(static_cast<std::size_t>(written));
    }
    if (size_ - handed_over_ >= kHandedOverAt) hand_over();
    return {};
}

/// Lets the disk begin with what was appended: a later sync of it all at once would hold up the
/// syncs of other files, the write-ahead log's first of all. Only a hint, so it cannot fail.
void PosixWritableFile::hand_over() {
    static_cast<void>(::sync_file_range(descriptor_.number(), static_cast<off_t>(handed_over_),
                                        static_cast<off_t>(size_ - handed_over_),
                                        SYNC_FILE_RANGE_WRITE));
    handed_over_ = size_;
}

Result<void> PosixWritableFile::prepare(std::uint64_t bytes) {
    static const std::array<char, kZerosPerCall> zeros{};
    for (std::uint64_t at = size_; at < size_ + bytes;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(size_ + bytes - at, zeros.size());
        // Not where the next append writes: it goes on at the descriptor's own place.
        const ssize_t written = retry_interrupted([&] {
            return ::pwrite(descriptor_.number(), zeros.data(), wanted, static_cast<off_t>(at));
        });
        if (written < 0) return file_error(errno, "write", path_);
        at += static_cast<std::uint64_t>(written);
    }
    return {};
}

Result<void> PosixWritableFile::sync() {
    if (sync_failed_) {
        return Error{ErrorCode::kIo, "cannot sync " + path_ + ": an earlier sync of it failed"};
    }
    // Not retried on EINTR either: the kernel may have dropped the error of a page by then.
    if (::fdatasync(descriptor_.number()) != 0) {
        sync_failed_ = true;
        return file_error(errno, "sync", path_);
    }
    if (no_reads_ && size_ - dropped_ >= kDroppedAt) drop_from_cache();
    return {};
}

/// Writing goes on in memory that was written to just now, instead of all that is free: the first
/// touch of a page costs many times what writing to it does. Only a hint, so it cannot fail.
void PosixWritableFile::drop_from_cache() {
    // Not the last page: the next bytes would have to read it first. From the beginning, because a
    // part that was in use stayed.
    const std::uint64_t whole_pages = size_ / kPageBytes * kPageBytes;
    static_cast<void>(::posix_fadvise(descriptor_.number(), 0, static_cast<off_t>(whole_pages),
                                      POSIX_FADV_DONTNEED));
    dropped_ = size_;
}

Result<void> PosixWritableFile::truncate(std::uint64_t size) {
    const int outcome = retry_interrupted(
        [&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(size)); });
    if (outcome != 0) return file_error(errno, "truncate", path_);
    if (::lseek(descriptor_.number(), static_cast<off_t>(size), SEEK_SET) < 0)
        return file_error(errno, "truncate", path_);
    size_ = size;
    handed_over_ = std::min(handed_over_, size);
    dropped_ = std::min(dropped_, size);
    return {};
}

Error PosixRandomAccessFile::shorter_than(std::uint64_t offset, std::size_t length) const {
    return Error{ErrorCode::kCorruption, "cannot read " + std::to_string(length) +
                                             " bytes at offset " + std::to_string(offset) + " of " +
                                             path_ + ": the file is shorter"};
}

Result<Buffer> PosixRandomAccessFile::read(std::uint64_t offset, std::size_t length) const {
    if (offset > size_ || length > size_ - offset) {
        // It may have grown since; look before `length` sizes an allocation.
        struct stat status {};
        if (::fstat(descriptor_.number(), &status) != 0) return file_error(errno, "read", path_);
        const auto now = static_cast<std::uint64_t>(status.st_size);
        if (offset > now || length > now - offset) return shorter_than(offset, length);
    }
    Buffer bytes(length);
    std::size_t done = 0;
    while (done < length) {
        const ssize_t count = retry_interrupted([&] {
            return ::pread(descriptor_.number(), bytes.data() + done, length - done,
                           static_cast<off_t>(offset + done));
        });
        if (count < 0) return file_error(errno, "read", path_);
        if (count == 0) return shorter_than(offset, length);
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

}  // namespace skald::storage
