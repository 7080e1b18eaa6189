// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a rewrite makes replaces nothing before it is known to be right.
// Method: rewrites that write a block with its own filter, or with that of other lines.
#include "store_harness.h"
#include "support/block_rows.h"

#include <skald/storage/store/segment_rewriter.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

/// A block of many lines, all of which begin with `word`.
SealedBlock sealed_lines(const std::string& word) {
    OpenBlock open;
    for (int i = 0; i < 200; ++i)
        append(open, {i, word + " and what all have in common, line " + std::to_string(i), "", {}});
    const RunInput input{open.snapshot()};
    return *seal_block({&input, 1}, {});
}

class VerifyBlocks : public StoreTest {
protected:
    /// Replaces everything by a segment with one block, with the filter given.
    Result<void> rewrite_with(const std::string& filter) {
        SegmentRewriter::Rewrite rewrite;
        Result<std::vector<StoredSegment>> segments = store_->rewriter()->segments();
        EXPECT_OK(segments);
        for (const StoredSegment& segment : *segments) rewrite.inputs.push_back(segment.id);
        rewrite.members.push_back([&](SegmentWriter& writer) -> Result<void> {
            const SealedBlock sealed = sealed_lines("alpha");
            EncodedBlock block = *sealed.block;
            block.filter = filter;
            const SealedBlock::RunRows& rows = sealed.runs.front();
            SKALD_CHECK(writer.begin_region(*TenantId::parse("a"), 0, RandomStreams(1).streams(1)));
            RunEntry run{.row_begin = rows.row_begin,
                         .row_end = rows.row_end,
                         .min_time = rows.min_time,
                         .max_time = rows.max_time,
                         .line_bytes = rows.line_bytes};
            SKALD_CHECK(writer.add_block(block, {run}));
            return writer.end_region();
        });
        const auto done = store_->rewriter()->rewrite(rewrite);
        if (!done) return done.error();
        return {};
    }
};

TEST_F(VerifyBlocks, ARewriteWhoseFilterDeniesARowReplacesNothing) {
    open();
    RandomStreams random(7);
    ASSERT_OK(make_generation(random, 1).publish_to(*store_));
    const auto before = store_->rewriter()->segments();
    const Result<void> wrong = rewrite_with(sealed_lines("omega").block->filter);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kCorruption);
    const auto after = store_->rewriter()->segments();
    ASSERT_OK(after);
    ASSERT_EQ(after->size(), 1U);
    EXPECT_EQ(after->front().id, before->front().id);

    EXPECT_OK(rewrite_with(sealed_lines("alpha").block->filter));
    EXPECT_NE(store_->rewriter()->segments()->front().id, before->front().id);
}

}  // namespace
}  // namespace skald::storage
