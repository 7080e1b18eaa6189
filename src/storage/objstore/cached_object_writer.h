// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cached_object_store.h"

#include <memory>
#include <string>
#include <utility>

namespace skald::storage {

/// Writes an object to the remote store and, as far as there is room, to the cache, where it is
/// found once it is there. Must not outlive the store.
class CachedObjectWriter final : public ObjectWriter {
public:
    CachedObjectWriter(CachedObjectStore& store, std::string key,
                       std::unique_ptr<ObjectWriter> remote)
        : store_(store), key_(std::move(key)), id_(store.id_of(key_)), remote_(std::move(remote)) {
        store_.files().forget(id_);
    }
    ~CachedObjectWriter() override {
        if (!committed_) store_.files().forget(id_);
    }

    Result<void> append(std::string_view bytes) override {
        SKALD_CHECK(remote_->append(bytes));
        size_ += bytes.size();
        while (keeps_ && !bytes.empty()) {
            const std::size_t room = kExtentBytes - extent_.size();
            extent_ += bytes.substr(0, room);
            bytes.remove_prefix(std::min(room, bytes.size()));
            if (extent_.size() == kExtentBytes) keep_extent();
        }
        return {};
    }

    Result<void> commit() override {
        if (keeps_ && !extent_.empty()) keep_extent();
        SKALD_CHECK(remote_->commit());
        committed_ = true;
        store_.know(key_, size_);
        store_.files().adopt(id_);
        return {};
    }

private:
    void keep_extent() {
        keeps_ = store_.files().put_pending({id_, extents_++}, extent_);
        extent_.clear();
    }

    CachedObjectStore& store_;
    const std::string key_;
    const Hash128 id_;
    std::unique_ptr<ObjectWriter> remote_;
    std::string extent_;  ///< The one that is being filled.
    std::uint32_t extents_ = 0;
    std::uint64_t size_ = 0;
    bool keeps_ = true;  ///< False once the cache takes no more of it.
    bool committed_ = false;
};

}  // namespace skald::storage
