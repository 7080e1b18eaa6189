// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// An object on its way in; not visible before `commit` returned. Destroying it uncommitted drops
/// it. Threading: single-owner.
class ObjectWriter {
public:
    virtual ~ObjectWriter() = default;
    virtual Result<void> append(std::string_view bytes) = 0;
    /// Durable and visible when it returns. Errors: kIo, kUnavailable (disk full); the object is
    /// then not there, or, if the last step's outcome is unknown, may be.
    virtual Result<void> commit() = 0;
};

/// Immutable objects by key. Keys are `a/b/c`; parts never start with '.'.
/// Threading: thread-safe. Calls block: worker threads only.
class ObjectStore {
public:
    struct Listed {
        std::string key;
        std::uint64_t size = 0;
    };

    virtual ~ObjectStore() = default;

    /// An object of the same key is replaced at `commit`. The writer must not outlive the store.
    /// Errors: kInvalidArgument (the key), kIo, kUnavailable.
    virtual Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) = 0;
    /// Exactly `length` bytes at `offset`. Errors: kNotFound, kIo, kCorruption if the object is
    /// shorter.
    virtual Result<Buffer> read(const std::string& key, std::uint64_t offset,
                                std::size_t length) const = 0;
    /// A hint: these bytes will be read soon. Returns at once.
    virtual void prefetch(const std::string&, std::uint64_t /*offset*/,
                          std::size_t /*length*/) const {}
    /// Errors: kNotFound, kIo.
    virtual Result<std::uint64_t> size(const std::string& key) const = 0;
    /// All keys that start with `prefix`, in order.
    virtual Result<std::vector<Listed>> list(const std::string& prefix) const = 0;
    /// Durable when it returns. Removing what is not there is no error.
    virtual Result<void> remove(const std::string& key) = 0;
};

/// Objects in memory, for tests. Errors: as of the interface, never kIo.
std::unique_ptr<ObjectStore> make_memory_object_store();

/// Objects as files under `root`: temporary name, sync, rename, sync of the folder. Left-over
/// temporary files of a crash are removed when it is opened. What `size` and `list` show is
/// durable, whoever wrote it: an object whose commit failed in its last step stays hidden. Open
/// descriptors are kept for re-use (at most 256). Errors: kIo if the folder cannot be made.
Result<std::unique_ptr<ObjectStore>> open_file_object_store(FileSystem& files, std::string root);

}  // namespace skald::storage
