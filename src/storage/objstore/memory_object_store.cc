// SPDX-License-Identifier: Apache-2.0
#include "object_key.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/objstore/object_store.h>

#include <cstring>
#include <map>
#include <utility>

namespace skald::storage {

namespace {

using Objects = std::map<std::string, std::shared_ptr<const std::string>>;

class MemoryObjectWriter final : public ObjectWriter {
public:
    MemoryObjectWriter(Guarded<Objects>& objects, std::string key)
        : objects_(objects), key_(std::move(key)) {}

    Result<void> append(std::string_view bytes) override {
        bytes_ += bytes;
        return {};
    }
    Result<void> commit() override {
        (*objects_.lock())[key_] = std::make_shared<const std::string>(std::move(bytes_));
        return {};
    }

private:
    Guarded<Objects>& objects_;
    std::string key_;
    std::string bytes_;
};

class MemoryObjectStore final : public ObjectStore {
public:
    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override {
        SKALD_CHECK(check_object_key(key));
        return std::unique_ptr<ObjectWriter>(std::make_unique<MemoryObjectWriter>(objects_, key));
    }
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override {
        SKALD_TRY(const auto bytes, find(key));
        if (offset > bytes->size() || length > bytes->size() - offset)
            return Error{ErrorCode::kCorruption, "object '" + key + "' is shorter"};
        Buffer read(length);
        if (length > 0) std::memcpy(read.data(), bytes->data() + offset, length);
        return read;
    }
    Result<std::uint64_t> size(const std::string& key) const override {
        SKALD_TRY(const auto bytes, find(key));
        return std::uint64_t{bytes->size()};
    }
    Result<std::vector<Listed>> list(const std::string& prefix) const override {
        SKALD_CHECK(check_object_prefix(prefix));
        std::vector<Listed> found;
        objects_.with([&](const Objects& objects) {
            for (auto at = objects.lower_bound(prefix);
                 at != objects.end() && at->first.starts_with(prefix); ++at)
                found.push_back({at->first, at->second->size()});
        });
        return found;
    }
    Result<void> remove(const std::string& key) override {
        SKALD_CHECK(check_object_key(key));
        objects_.lock()->erase(key);
        return {};
    }

private:
    Result<std::shared_ptr<const std::string>> find(const std::string& key) const {
        SKALD_CHECK(check_object_key(key));
        auto bytes = objects_.with([&](const Objects& objects) {
            const auto found = objects.find(key);
            return found == objects.end() ? nullptr : found->second;
        });
        if (bytes == nullptr)
            return Error{ErrorCode::kNotFound, "object '" + key + "' is not there"};
        return bytes;
    }

    mutable Guarded<Objects> objects_;
};

}  // namespace

std::unique_ptr<ObjectStore> make_memory_object_store() {
    return std::make_unique<MemoryObjectStore>();
}

}  // namespace skald::storage
