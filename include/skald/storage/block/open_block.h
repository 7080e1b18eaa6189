// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>
#include <skald/storage/block/block.h>
#include <skald/storage/block/block_codec.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace skald::storage {

class SnapshotSlab;

/// The snapshots of one query, in one allocation: a million small ones would stay with whichever
/// thread's heap they came from. They live until the last one is let go.
/// Threading: single-owner; the snapshots are Blocks.
class Snapshots {
public:
    /// More than `count_max` are allocated by themselves.
    explicit Snapshots(std::size_t count_max);
    ~Snapshots();
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;

private:
    friend class OpenBlock;
    std::shared_ptr<SnapshotSlab> slab_;
};

/// The rows of one stream that are not sealed yet: append-only arenas.
///
/// Write path: ingester -> [OpenBlock] -> encode_block -> segment.
/// Invariants:
///  - An exact duplicate (time, line, level, metadata) of a row that is in the block is never
///    visible in a snapshot or in sealed bytes.
///  - Rows appear in time order in snapshots; equal times keep the order of arrival.
/// Cost: an empty one is small (aim: under 150 bytes), and memory grows with its rows, because
/// there may be a hundred thousand of them with a few rows each.
/// Threading: one thread appends; any thread may take snapshots meanwhile. Writers never wait for
/// readers that hold a snapshot.
class OpenBlock {
public:
    OpenBlock();
    ~OpenBlock();
    OpenBlock(const OpenBlock&) = delete;
    OpenBlock& operator=(const OpenBlock&) = delete;

    /// Copies the entry. `pairs` is the list that entry.metadata_begin points into; a pair without
    /// a value is no pair.
    /// Requires: the caller seals at some raw_bytes() well below kBlockBytesMax.
    void append(const EntryView& entry, std::span<const LabelView> pairs);
    /// Makes room for so many more rows, whose lines, each with its '\n', take so many bytes: one
    /// copy of what is there instead of one for each doubling, and for the first rows no room that
    /// is not used. Requires: as for append, for the sum.
    void reserve(std::size_t rows, std::size_t text_bytes);

    std::uint32_t rows() const;
    /// Bytes of lines (each with its '\n') and metadata so far, and an eighth of a byte for each
    /// row and metadata name; what decides when to seal. Late repeats count until a snapshot drops
    /// them.
    std::uint64_t raw_bytes() const;
    /// Distinct names of metadata. Whoever puts several into one block keeps the sum of their rows
    /// times the sum of their names under kMetadataCellsMax.
    std::uint32_t metadata_names() const;
    /// Memory that this object holds.
    std::size_t memory_bytes() const;

    /// What is in it now, as a block of one run; null if empty. In the usual case (times ascending,
    /// no ties) without copying; later appends don't change it.
    std::shared_ptr<const Block> snapshot() const;
    /// One of several.
    std::shared_ptr<const Block> snapshot(Snapshots& others) const;
    /// Memory that a snapshot takes, about.
    std::size_t snapshot_bytes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One stream's rows for a shared block.
struct RunInput {
    std::shared_ptr<const Block> block;  ///< A snapshot: one run.
};

/// A block and where each input's rows lie in it.
struct SealedBlock {
    std::shared_ptr<const EncodedBlock> block;
    struct RunRows {
        std::uint32_t row_begin = 0;
        std::uint32_t row_end = 0;
        TimeNs min_time = 0;
        TimeNs max_time = 0;
        std::uint64_t line_bytes = 0;
    };
    std::vector<RunRows> runs;  ///< In the order of the inputs.
};

/// Encodes snapshots, one run each in the order given, into one block.
/// Errors: those of reading the inputs; kInvalidArgument without inputs or rows; kTooLarge if the
/// text would pass kBlockBytesMax or rows times metadata names kMetadataCellsMax (fewer inputs
/// fit).
Result<SealedBlock> seal_block(std::span<const RunInput> inputs, const EncodeOptions& options);

}  // namespace skald::storage
