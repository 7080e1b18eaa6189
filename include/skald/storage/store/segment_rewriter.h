// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/segment/segment.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace skald::storage {

/// A segment that queries see.
struct StoredSegment {
    SegmentId id;
    std::uint32_t level = 0;
    std::uint64_t stored_bytes = 0;
    std::vector<GenerationId> generations;
    std::vector<std::string> applied_deletes;
    std::vector<RegionSummary> regions;  ///< By (tenant, period).
    /// Everything that it replaces is gone: only then it may be rewritten or dropped.
    bool is_settled = false;
};

/// Replaces segments by others and drops them, by docs/formats/commit.md: whatever fails, each row
/// is there once, before and after. Queries that began before go on reading what was replaced.
///
/// Background: compactor -> [SegmentRewriter] -> object store, catalog.
/// Threading: thread-safe; one rewrite at a time. Others may drop and sweep meanwhile, the fills of
/// the rewrite among them. Calls block.
class SegmentRewriter {
public:
    /// Fills one member of the set.
    using Fill = std::function<Result<void>(SegmentWriter& writer)>;

    struct Rewrite {
        std::vector<SegmentId> inputs;
        std::uint32_t level = 1;
        std::vector<std::string> applied_deletes;
        /// One for each segment to make, at least one. Together they have all rows of the inputs
        /// that are to stay. One that adds no region makes an empty segment.
        std::vector<Fill> members;
    };
    struct Outcome {
        std::vector<SegmentId> members;
        std::uint64_t stored_bytes = 0;
    };
    /// What the objects of segments take, without those of a rewrite that has not ended.
    struct Footprint {
        std::uint64_t bytes = 0;         ///< Visible, hidden and damaged ones.
        std::uint64_t hidden_bytes = 0;  ///< Of them: on their way out.
    };
    struct Swept {
        std::uint64_t segments = 0;
        std::uint64_t bytes = 0;
        std::uint64_t waiting = 0;  ///< Hidden segments whose objects are still there.
    };

    virtual ~SegmentRewriter() = default;

    /// What queries see now, by id.
    virtual Result<std::vector<StoredSegment>> segments() const = 0;
    virtual Footprint footprint() const = 0;
    /// A range of a segment's object.
    virtual Result<Buffer> read(const SegmentId& segment, std::uint64_t offset,
                                std::size_t length) const = 0;
    /// Writes the set, reads it back, and makes it visible instead of the inputs in one step.
    /// Errors: kInvalidArgument if an input is not visible and settled; those of the fills; kIo,
    /// kUnavailable (disk full). Then nothing has changed, and it may be tried again.
    virtual Result<Outcome> rewrite(const Rewrite& rewrite) = 0;
    /// Hides segments without a replacement. A crash may bring them back until they are swept.
    /// Errors: as of `rewrite`; kInvalidArgument for an input of a rewrite that has not ended.
    virtual Result<void> drop(const std::vector<SegmentId>& segments) = 0;
    /// Removes the objects of hidden segments that no query reads any more and that an earlier call
    /// saw at least `delay` before `now`. What cannot be removed now stays for a later call.
    virtual Result<Swept> sweep(Clock::TimePoint now, std::chrono::nanoseconds delay) = 0;
};

}  // namespace skald::storage
