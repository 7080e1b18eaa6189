// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/guarded.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace skald::api {

/// Memory of unpacked bodies that the next ones get: the first touch of fresh pages costs about as
/// much as unpacking into them. Keeps a few large buffers, of kBytesMax altogether.
/// Threading: thread-safe.
class BodyPool {
public:
    /// Smaller ones are not worth keeping,
    static constexpr std::size_t kSmallest = 128 * kKiB;
    /// and more are those of a few pushes at a time.
    static constexpr std::size_t kBytesMax = 6 * kMiB;

    /// The one of this process.
    static std::shared_ptr<BodyPool> shared();

    /// A buffer of that size with undefined content; its memory may be up to twice as large.
    Buffer take(std::size_t size);
    void give(Buffer buffer);
    /// Bytes that nobody uses now.
    std::size_t kept() const;

private:
    struct Kept {
        std::vector<Buffer> buffers;
        std::size_t bytes = 0;
    };
    mutable Guarded<Kept> kept_;
};

}  // namespace skald::api
