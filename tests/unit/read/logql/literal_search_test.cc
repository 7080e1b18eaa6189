// SPDX-License-Identifier: Apache-2.0
//
// Goal: every kernel finds what std::string_view::find finds, at every place and alignment.
#include "literal_search.h"

#include <skald/read/logql/line_filter.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace skald::read {
namespace {

constexpr SearchKernel kKernels[] = {SearchKernel::kBest, SearchKernel::kAvx2, SearchKernel::kSse2,
                                     SearchKernel::kScalar};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

Needle folded(std::string_view text) {
    Needle needle = Needle::exact(lower(text));
    for (std::size_t i = 0; i < needle.bytes.size(); ++i) {
        if (std::islower(static_cast<unsigned char>(needle.bytes[i])) != 0)
            needle.folds[i] = '\x20';
    }
    return needle;
}

TEST(LiteralSearch, FindsANeedleAtEveryPlaceOfATextOfEveryLength) {
    for (const SearchKernel kernel : kKernels) {
        for (const std::string needle : {"x", "xy", "xyz", "needle-with-33-bytes-in-it-really"}) {
            const LiteralSearcher searcher(Needle::exact(needle), kernel);
            for (std::size_t size = needle.size(); size < 140; ++size) {
                for (std::size_t at = 0; at + needle.size() <= size; ++at) {
                    // On the heap in its exact size, so that a read past the end is seen by ASan.
                    const auto text = std::make_unique<char[]>(size);
                    std::memset(text.get(), '.', size);
                    std::memcpy(text.get() + at, needle.data(), needle.size());
                    ASSERT_EQ(searcher.find({text.get(), size}, 0), at) << size;
                    ASSERT_EQ(searcher.find({text.get(), size}, at), at) << size;
                    ASSERT_EQ(searcher.find({text.get(), size}, at + 1), std::string_view::npos);
                }
            }
        }
    }
}

TEST(LiteralSearch, AgreesWithFindOnRandomTexts) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 3000; ++round) {
        const std::size_t alphabet = 1 + random() % 3;
        const auto make = [&](std::size_t size) {
            std::string text;
            for (std::size_t i = 0; i < size; ++i) {
                text.push_back("aAb"[random() % alphabet]);
            }
            return text;
        };
        const std::string text = make(random() % 300);
        const std::string needle = make(1 + random() % 6);
        const std::size_t from = random() % (text.size() + 2);
        for (const SearchKernel kernel : kKernels) {
            ASSERT_EQ(LiteralSearcher(Needle::exact(needle), kernel).find(text, from),
                      std::string_view(text).find(needle, from))
                << text << " " << needle;
            ASSERT_EQ(LiteralSearcher(folded(needle), kernel).find(text, from),
                      lower(text).find(lower(needle), from))
                << text << " " << needle;
        }
        ASSERT_EQ(find_literal(text, needle, from), std::string_view(text).find(needle, from));
    }
}

TEST(LiteralSearch, FoldsLettersOnly) {
    const LiteralSearcher searcher(folded("[k@"));
    EXPECT_EQ(searcher.find("{K` [K` [K@", 0), 8U);
}

TEST(LiteralSearch, FindsNeedlesOfAnyLength) {
    EXPECT_EQ(find_literal("abc", "", 2), 2U);
    EXPECT_EQ(find_literal("abc", "", 4), std::string_view::npos);
    EXPECT_EQ(find_literal("abc", "abcd", 0), std::string_view::npos);
    const std::string needle(1000, 'q');
    EXPECT_EQ(find_literal("p" + needle + "r", needle, 0), 1U);
}

TEST(LiteralSearch, CountsNewlinesAndSeesWhatIsNotAscii) {
    for (std::size_t size = 0; size < 200; ++size) {
        std::string text(size, 'a');
        EXPECT_TRUE(traits_of(text).ascii);
        EXPECT_EQ(traits_of(text).newlines, 0U);
        if (size == 0) continue;
        text[size / 2] = '\n';
        text.back() = '\x80';
        EXPECT_FALSE(traits_of(text).ascii);
        // Of one or two bytes the '\n' is the one that was overwritten.
        EXPECT_EQ(traits_of(text).newlines, size <= 2 ? 0U : 1U);
    }
}

}  // namespace
}  // namespace skald::read
