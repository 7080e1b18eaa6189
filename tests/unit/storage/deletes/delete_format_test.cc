// SPDX-License-Identifier: Apache-2.0
#include "support/format_example.h"
#include "support/result_assertions.h"

#include <skald/storage/deletes/delete_request.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::storage {
namespace {

DeleteRequest example() {
    DeleteRequest request;
    request.tenant = *TenantId::parse("t");
    request.id = "00c0ffee";
    request.query = R"({a="x"})";
    request.start = 1;
    request.end = 2;
    request.created = 3;
    request.state = DeleteRequest::State::kProcessed;
    request.changed = 4;
    return request;
}

TEST(DeleteFormatTest, WhatWasWrittenIsRead) {
    DeleteRequest request = example();
    request.query = std::string("{a=\"x\"} |= \"\0\xFF\"", 15);
    request.start = kTimeMin;
    request.end = kTimeMax;
    const Result<DeleteRequest> read = decode_delete_request(encode_delete_request(request));
    ASSERT_OK(read);
    EXPECT_EQ(read->object_key(), "deletes/t-t/00c0ffee.del");
    EXPECT_EQ(read->query, request.query);
    EXPECT_EQ(read->start, kTimeMin);
    EXPECT_EQ(read->end, kTimeMax);
    EXPECT_EQ(read->created, 3);
    EXPECT_EQ(read->state, DeleteRequest::State::kProcessed);
    EXPECT_EQ(read->changed, 4);
}

TEST(DeleteFormatTest, ThePageShowsTheseBytes) {
    const std::string bytes = encode_delete_request(example());
    EXPECT_EQ(format_example("deletes.md", 0), bytes) << to_hex(bytes);
}

TEST(DeleteFormatTest, EverySingleBitOfDamageIsFound) {
    const std::string bytes = encode_delete_request(example());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(decode_delete_request(damaged)) << bit;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_delete_request(bytes.substr(0, size))) << size;
}

TEST(DeleteFormatTest, ATenantOfAnyNameHasAFolder) {
    DeleteRequest request = example();
    request.tenant = *TenantId::parse(".hidden");
    EXPECT_EQ(request.object_key(), "deletes/t-.hidden/00c0ffee.del");
}

}  // namespace
}  // namespace skald::storage
