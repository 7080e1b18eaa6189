// SPDX-License-Identifier: Apache-2.0
#include "file_object_writer.h"

#include "file_object_store.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

namespace skald::storage {
namespace {

/// A large object goes to the disk in pieces while it is written: one sync of all of it would hold
/// up the syncs of the write-ahead log.
constexpr std::uint64_t kUnsyncedBytesMax = 8 * kMiB;

}  // namespace

FileObjectWriter::~FileObjectWriter() {
    file_.reset();
    if (committed_) return;
    const Result<void> removed = files_.remove(temporary_);
    if (removed || removed.error().code == ErrorCode::kNotFound) return;
    log_warn("could not remove a half written object", {{"err", removed.error().message}});
}

Result<void> FileObjectWriter::append(std::string_view bytes) {
    if (!file_) {
        return Error{ErrorCode::kIo, "object '" + key_ + "': writing it failed or has ended"};
    }
    Result<void> written = file_->append(bytes);
    unsynced_bytes_ += bytes.size();
    if (written && unsynced_bytes_ >= kUnsyncedBytesMax) written = sync();
    if (!written) file_.reset();
    return written;
}

Result<void> FileObjectWriter::commit() {
    if (!file_) {
        return Error{ErrorCode::kIo, "object '" + key_ + "': writing it failed or has ended"};
    }
    const Result<void> synced = sync();
    file_.reset();
    SKALD_CHECK(synced);
    SKALD_CHECK(store_.publish(temporary_, key_));
    committed_ = true;
    return {};
}

Result<void> FileObjectWriter::sync() {
    unsynced_bytes_ = 0;
    return file_->sync();
}

}  // namespace skald::storage
