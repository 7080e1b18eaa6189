// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/small_mutex.h>
#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block.h>
#include <skald/storage/block/open_block.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace skald::write {

/// One stream's rows of one period in one generation: closed blocks and the one that still grows.
///
/// Invariants: a block's position is its index in the order of closing, the open one comes last. A
/// reader sees each row once: it copies the list of closed blocks and the open one under one lock,
/// and rows move from one to the other only under that lock.
/// Threading: one thread appends; reading and `sealed` are thread-safe.
class StreamRows {
public:
    /// A block that takes no more rows. Until it is sealed it is read through `open`.
    struct Closed {
        std::shared_ptr<const storage::OpenBlock> open;
        std::shared_ptr<const storage::Block> block;
        std::shared_ptr<const storage::EncodedBlock> encoded;
        TimeNs min_time = 0;
        TimeNs max_time = 0;
        storage::SealedBlock::RunRows run;  ///< Valid with `encoded`.
        std::int64_t memory = 0;
    };

    StreamRows(StreamPtr stream, std::int32_t period)
        : stream_(std::move(stream)), period_(period) {}

    const StreamPtr& stream() const { return stream_; }
    std::int32_t period() const { return period_; }

    /// A closed block on its way to the sealer.
    struct ToSeal {
        std::size_t position = 0;
        std::shared_ptr<const storage::OpenBlock> open;
        std::int64_t memory = 0;
    };
    /// Appends the entries, closing each block that reaches `block_bytes`; those are added to
    /// `full`. Returns by how much the memory grew. Requires: all times are in the period.
    std::int64_t append(std::span<const EntryView> entries, std::span<const LabelView> pairs,
                        std::uint64_t block_bytes, std::vector<ToSeal>& full);
    /// Puts the sealed form in the place of the closed block. Returns the memory that it takes.
    std::int64_t sealed(std::size_t position, const storage::SealedBlock& block);

    /// Adds the runs that overlap [start, end].
    void collect(TimeNs start, TimeNs end, std::uint64_t generation, storage::Snapshots& snapshots,
                 std::vector<storage::Run>& out) const;
    bool overlaps(TimeNs start, TimeNs end) const;
    /// What `collect` would find, about: rows may come meanwhile.
    struct Extent {
        std::size_t runs = 0;
        std::size_t snapshots = 0;
        std::size_t bytes = 0;  ///< Of memory.
    };
    Extent extent(TimeNs start, TimeNs end) const;

    /// For the flush, once nothing is written any more.
    std::span<const Closed> closed() const {
        return closed_ ? std::span<const Closed>(*closed_) : std::span<const Closed>();
    }
    const std::shared_ptr<storage::OpenBlock>& open() const { return open_; }

private:
    void open_for(TimeNs min, TimeNs max);
    void reserve(std::span<const EntryView> entries, std::uint64_t block_bytes);
    std::int64_t open_memory() const;
    ToSeal close();

    const StreamPtr stream_;
    const std::int32_t period_;
    mutable SmallMutex mutex_;
    std::unique_ptr<std::vector<Closed>> closed_;  ///< Most streams never have one.
    // Shared with readers that take a snapshot outside the lock.
    std::shared_ptr<storage::OpenBlock> open_;
    TimeNs open_min_ = kTimeMax;
    TimeNs open_max_ = kTimeMin;
};

}  // namespace skald::write
