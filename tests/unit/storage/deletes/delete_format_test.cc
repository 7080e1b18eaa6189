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

std::string flipped(std::string bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    return bytes;
}

void expect_example(const Result<StoredDelete>& read) {
    ASSERT_OK(read);
    EXPECT_EQ(read->request.object_key(), "deletes/t-t/00c0ffee.del");
    EXPECT_EQ(read->request.query, R"({a="x"})");
    EXPECT_EQ(read->request.start, 1);
    EXPECT_EQ(read->request.end, 2);
    EXPECT_EQ(read->request.created, 3);
    EXPECT_EQ(read->request.state, DeleteRequest::State::kProcessed);
    EXPECT_EQ(read->request.changed, 4);
}

TEST(DeleteFormatTest, WhatWasWrittenIsRead) {
    DeleteRequest request = example();
    request.query = std::string("{a=\"x\"} |= \"\0\xFF\"", 15);
    request.start = kTimeMin;
    request.end = kTimeMax;
    const Result<StoredDelete> read = decode_delete_request(encode_delete_request(request));
    ASSERT_OK(read);
    EXPECT_TRUE(read->is_whole);
    EXPECT_EQ(read->version, kDeleteVersion);
    EXPECT_EQ(read->request.query, request.query);
    EXPECT_EQ(read->request.start, kTimeMin);
    EXPECT_EQ(read->request.end, kTimeMax);
    expect_example(decode_delete_request(encode_delete_request(example())));
}

TEST(DeleteFormatTest, ThePageShowsTheseBytes) {
    const std::string bytes = encode_delete_request(example());
    EXPECT_EQ(format_example("deletes.md", 0), bytes) << to_hex(bytes);
}

TEST(DeleteFormatTest, TheFirstVersionIsReadAndItsDamageFound) {
    const std::string bytes = format_example("deletes.md", 1);
    const Result<StoredDelete> read = decode_delete_request(bytes);
    ASSERT_OK(read);
    expect_example(read);
    EXPECT_EQ(read->version, 1U);
    EXPECT_TRUE(read->is_whole);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit)
        EXPECT_FALSE(decode_delete_request(flipped(bytes, bit))) << bit;
}

TEST(DeleteFormatTest, EverySingleBitOfDamageIsFoundAndTheOtherCopyRead) {
    const std::string bytes = encode_delete_request(example());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        SCOPED_TRACE(bit);
        const Result<StoredDelete> read = decode_delete_request(flipped(bytes, bit));
        expect_example(read);
        EXPECT_FALSE(read && read->is_whole);
        const std::size_t other = (bit + bytes.size() * 4) % (bytes.size() * 8);
        EXPECT_FALSE(decode_delete_request(flipped(flipped(bytes, bit), other)));
    }
}

TEST(DeleteFormatTest, APartOfItIsNotTakenButAWholeCopyIs) {
    const std::string bytes = encode_delete_request(example());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(bool(decode_delete_request(bytes.substr(0, size))), size == bytes.size() / 2)
            << size;
}

TEST(DeleteFormatTest, AKeySaysWhoseRequestItIs) {
    for (const char* tenant : {"t", ".hidden", "t-.del"}) {
        DeleteRequest request = example();
        request.tenant = *TenantId::parse(tenant);
        const std::optional<DeleteKey> key = parse_delete_key(request.object_key());
        ASSERT_TRUE(key) << tenant;
        EXPECT_EQ(key->tenant, request.tenant);
        EXPECT_EQ(key->id, request.id);
    }
    for (const char* key :
         {"", "deletes/t-", "deletes/t-.del", "deletes/t-t/.del", "deletes/t-t/00C0FFEE.del",
          "deletes/t/00c0ffee.del", "deletes/t-t/00c0ffee", "deletes/t-/00c0ffee.del",
          "deletes/t-a:b/00c0ffee.del", "deletes/t-t/x/00c0ffee.del", "t-t/00c0ffee.del"})
        EXPECT_FALSE(parse_delete_key(key)) << key;
}

TEST(DeleteFormatTest, ATenantOfAnyNameHasAFolder) {
    DeleteRequest request = example();
    request.tenant = *TenantId::parse(".hidden");
    EXPECT_EQ(request.object_key(), "deletes/t-.hidden/00c0ffee.del");
}

}  // namespace
}  // namespace skald::storage
