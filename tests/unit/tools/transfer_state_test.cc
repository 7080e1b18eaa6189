// SPDX-License-Identifier: Apache-2.0
#include "transfer_state.h"

#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <string>

namespace skald::tools {
namespace {

TEST(TransferStateTest, WhatWasWrittenIsReadAndEveryFlippedBitFound) {
    const TransferState state{.job = "http://x {a=\"b\"} 1 2", .bytes = 1234567, .lines = 89};
    const std::string text = state.encode();
    const Result<TransferState> read = TransferState::decode(text);
    ASSERT_OK(read);
    EXPECT_EQ(read->job, state.job);
    EXPECT_EQ(read->bytes, state.bytes);
    EXPECT_EQ(read->lines, state.lines);
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string damaged = text;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(TransferState::decode(damaged)) << bit;
    }
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(TransferState::decode(text.substr(0, size))) << size;
}

}  // namespace
}  // namespace skald::tools
