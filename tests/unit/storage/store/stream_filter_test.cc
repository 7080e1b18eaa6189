// SPDX-License-Identifier: Apache-2.0
#include "stream_pool.h"
#include "support/random_streams.h"

#include <skald/storage/store/stream_filter.h>

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

TEST(StreamFilter, AgreesWithTheMatchers) {
    RandomStreams random(21);
    for (int round = 0; round < 300; ++round) {
        const std::vector<Matcher> matchers = random.matchers();
        StreamFilter filter(matchers);
        for (int i = 0; i < 50; ++i) {
            const StreamPtr stream = random.stream();
            EXPECT_EQ(filter.accepts(stream->labels), matches_all(matchers, stream->labels))
                << stream->labels.to_string();
        }
    }
}

TEST(StreamPool, GivesOneObjectForOneStreamAndItsBytesBack) {
    StreamPool pool;
    const StreamPtr first = make_stream({{"app", "a"}});
    const StreamPtr other = make_stream({{"app", "b"}});
    StreamPtr a = pool.intern(*first);
    const StreamPtr again = pool.intern(*make_stream({{"app", "a"}}));
    EXPECT_EQ(a, again);
    EXPECT_EQ(a->labels, first->labels);
    EXPECT_EQ(a->id, first->id);
    const std::size_t one = pool.bytes()->load();
    EXPECT_GT(one, 0U);
    {
        const StreamPtr b = pool.intern(*other);
        EXPECT_NE(a, b);
        EXPECT_GT(pool.bytes()->load(), one);
    }
    EXPECT_EQ(pool.bytes()->load(), one);
}

TEST(StreamPool, ForgetsStreamsThatNobodyHolds) {
    StreamPool pool;
    for (int i = 0; i < 100'000; ++i) pool.intern(*make_stream({{"request", std::to_string(i)}}));
    EXPECT_EQ(pool.bytes()->load(), 0U);
    EXPECT_NE(pool.intern(*make_stream({{"request", "5"}})), nullptr);
}

}  // namespace
}  // namespace skald::storage
