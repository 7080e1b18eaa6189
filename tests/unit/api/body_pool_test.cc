// SPDX-License-Identifier: Apache-2.0
#include "body_pool.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace skald::api {
namespace {

TEST(BodyPool, GivesMemoryAgainToABodyOfAboutItsSize) {
    BodyPool pool;
    Buffer first = pool.take(kMiB);
    const char* const memory = first.data();
    pool.give(std::move(first));
    EXPECT_EQ(pool.kept(), kMiB);

    const Buffer far_smaller = pool.take(kMiB / 2 - 1);
    const Buffer larger = pool.take(kMiB + 1);
    const Buffer smaller = pool.take(kMiB / 2 + 5);

    EXPECT_NE(far_smaller.data(), memory);
    EXPECT_NE(larger.data(), memory);
    EXPECT_EQ(smaller.data(), memory);
    EXPECT_EQ(smaller.size(), kMiB / 2 + 5);
    EXPECT_EQ(larger.size(), kMiB + 1);
    EXPECT_EQ(pool.kept(), 0U);
}

TEST(BodyPool, KeepsNeitherSmallBuffersNorMoreThanItsBytes) {
    BodyPool pool;
    pool.give(Buffer(BodyPool::kSmallest - 1));
    pool.give(Buffer(BodyPool::kBytesMax + 1));
    pool.give(Buffer());
    EXPECT_EQ(pool.kept(), 0U);

    for (int i = 0; i < 20; ++i) pool.give(Buffer(kMiB + 1));
    EXPECT_EQ(pool.kept(), 5 * (kMiB + 1));
    pool.give(Buffer(BodyPool::kBytesMax));
    EXPECT_EQ(pool.kept(), BodyPool::kBytesMax);
}

}  // namespace
}  // namespace skald::api
