// SPDX-License-Identifier: Apache-2.0
#include "body_source.h"

#include "compression.h"
#include "list_source.h"
#include "unpacker.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace skald::api {
namespace {

std::vector<std::string> many_texts() {
    std::vector<std::string> texts;
    for (int i = 0; i < 100'000; ++i) texts.push_back("value-" + std::to_string(i));
    return texts;
}

std::vector<std::string> pieces_of(BodySource& source) {
    std::vector<std::string> pieces;
    bool more = true;
    while (more) more = source.next(pieces.emplace_back());
    return pieces;
}

TEST(BodySource, PiecesOfAListAreTheList) {
    std::string expected = "{\"status\":\"success\",\"data\":[";
    for (const std::string& text : many_texts())
        expected += (expected.back() == '[' ? "\"" : ",\"") + text + "\"";
    expected += "]}\n";

    const std::vector<std::string> pieces = pieces_of(*text_list_source(many_texts()));

    EXPECT_GT(pieces.size(), 3U);
    EXPECT_LT(pieces.front().size(), 32 * kKiB);
    std::string all;
    for (const std::string& piece : pieces) all += piece;
    EXPECT_EQ(all, expected);
}

TEST(BodySource, WhatWasTakenFirstIsNotLost) {
    auto list = text_list_source(many_texts());
    std::string first;
    ASSERT_TRUE(list->next(first));
    EXPECT_EQ(collect(*with_first(first, list)), collect(*text_list_source(many_texts())));
}

TEST(BodySource, TheFirstPackedPieceCanBeUnpackedAtOnce) {
    const std::string whole = collect(*text_list_source(many_texts()));
    const auto packed = gzip_source(text_list_source(many_texts()));

    std::string bytes;
    ASSERT_TRUE(packed->next(bytes));
    std::string begun(64 * kKiB, '\0');
    const auto unpacker = make_unpacker(bytes, BodyEncoding::kGzip);
    const auto made = unpacker->fill(begun.data(), 16 * kKiB);
    ASSERT_TRUE(made);
    EXPECT_EQ(std::string_view(begun).substr(0, *made), std::string_view(whole).substr(0, *made));
    EXPECT_EQ(*made, 16 * kKiB);

    bytes += collect(*packed);
    EXPECT_LT(bytes.size(), whole.size() / 3);
    const auto all = make_unpacker(bytes, BodyEncoding::kGzip);
    std::string text(whole.size() + 1, '\0');
    std::size_t size = 0;
    while (!all->done()) {
        const auto more = all->fill(text.data() + size, text.size() - size);
        ASSERT_TRUE(more);
        size += *more;
    }
    EXPECT_EQ(std::string_view(text).substr(0, size), whole);
}

}  // namespace
}  // namespace skald::api
