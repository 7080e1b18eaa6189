// SPDX-License-Identifier: Apache-2.0
//
// Goal: a filter never denies what its block holds, and denies nearly always what it does not.
// Method: seeded random blocks with needles cut out of them; a plain rebuilding of every filter
// bit by bit; made-up logs of a dozen applications with words and ids to look for.
#include "filter_hash.h"
#include "gram_hashes.h"
#include "gram_windows.h"
#include "support/block_rows.h"
#include "support/line_block.h"
#include "support/result_assertions.h"

#include <skald/foundation/base/bytes.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

std::string filter_of(const std::vector<std::string>& lines) {
    BlockRows rows;
    rows.lines = make_line_column(lines);
    return BlockFilter::build(rows);
}

BlockFilter decoded(const std::string& bytes) {
    const Result<BlockFilter> filter = BlockFilter::decode(bytes);
    EXPECT_OK(filter);
    return filter ? *filter : BlockFilter();
}

/// Letters, digits and others in runs, with some bytes that are no UTF-8 and some newlines.
std::string random_line(std::mt19937_64& random) {
    static constexpr std::array<std::string_view, 5> kAlphabets = {
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "0123456789abcdef-",
        " =:/.,[]{}@_`|\"", "\xff\x80\xc3\xa9\n\r\t*"};
    std::string line;
    const std::size_t parts = random() % 20;
    for (std::size_t part = 0; part < parts; ++part) {
        const std::string_view alphabet = kAlphabets[random() % kAlphabets.size()];
        for (std::size_t i = random() % 12; i > 0; --i)
            line.push_back(alphabet[random() % alphabet.size()]);
    }
    return line;
}

std::vector<std::string> random_lines(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i) lines.push_back(random_line(random));
    return lines;
}

std::string with_other_case(std::string text, std::mt19937_64& random) {
    for (char& byte : text) {
        const auto value = static_cast<unsigned char>(byte);
        if (value < 0x80 && std::isalpha(value) != 0 && random() % 2 == 0)
            byte = static_cast<char>(value ^ 0x20U);
    }
    return text;
}

TEST(BlockFilter, NeverDeniesAPartOfALineInLettersOfAnyCase) {
    std::mt19937_64 random(7);
    std::size_t asked = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const std::vector<std::string> lines = random_lines(seed, 20 + seed * seed * 2);
        const std::string bytes = filter_of(lines);
        if (bytes.empty()) continue;
        const BlockFilter filter = decoded(bytes);
        for (const std::string& line : lines) {
            const std::size_t begin = random() % (line.size() + 1);
            const std::string needle = line.substr(begin, random() % (line.size() - begin + 1));
            asked += FilterProbe::of_text(needle).empty() ? 0 : 1;
            ASSERT_TRUE(filter.may_hold(FilterProbe::of_text(needle)))
                << testing::PrintToString(needle);
            ASSERT_TRUE(filter.may_hold(FilterProbe::of_text(with_other_case(line, random))));
        }
    }
    EXPECT_GT(asked, 5000U);
}

/// Lines whose parts come again and again, among them what a search may take for nothing new.
std::vector<std::string> repeating_lines(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::vector<std::string> parts = random_lines(seed, 30);
    parts.insert(parts.end(), {std::string(40, '\0'), std::string("\1\0\0\0\0\0\0\0", 8),
                               "########", "a\nb", "****", "12:30:01"});
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i) {
        std::string line;
        for (std::size_t left = random() % 5; left > 0; --left)
            line += parts[random() % parts.size()];
        // All ends a word can have: the last line ends the text.
        line.resize(line.size() - std::min<std::size_t>(line.size(), random() % 8));
        lines.push_back(line);
    }
    return lines;
}

void expect_the_bits_of_its_grams(const std::vector<std::string>& lines) {
    const std::string bytes = filter_of(lines);
    ByteReader in(bytes);
    const std::uint64_t size = in.varint();
    std::string bits((size + 7) / 8, '\0');
    for (const std::string& line : lines) {
        visit_grams(line, [&](std::uint32_t hash) {
            const auto at = static_cast<std::size_t>((hash * size) >> 32);
            bits[at / 8] =
                static_cast<char>(static_cast<unsigned char>(bits[at / 8]) | (1U << (at % 8)));
        });
    }
    EXPECT_EQ(in.raw(in.remaining()), bits) << lines.size();
}

TEST(BlockFilter, HasExactlyTheBitsOfItsGrams) {
    for (const std::size_t count : {20U, 100U, 1000U, 3000U})
        expect_the_bits_of_its_grams(random_lines(count, count));
    for (const std::size_t count : {100U, 101U, 102U, 103U, 300U, 1000U, 6000U})
        expect_the_bits_of_its_grams(repeating_lines(count, count));
    // What memory is before anything is remembered in it.
    expect_the_bits_of_its_grams(std::vector<std::string>(300, std::string(8, '\0') + "abcd"));
    // One line of many windows.
    std::string line;
    for (const std::string& part : random_lines(5, 2000)) line += part;
    expect_the_bits_of_its_grams({line, line + "x", line + "xyz"});
}

using MarkWindows = void (*)(std::span<const GramWindow>, unsigned char*, std::uint32_t);

/// Those that this machine can run.
std::vector<MarkWindows> ways_to_mark() {
    std::vector<MarkWindows> ways = {mark_windows};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") != 0) ways.push_back(mark_windows_avx2);
    if (has_avx512()) ways.push_back(mark_windows_avx512);
#endif
    return ways;
}

TEST(BlockFilter, IsTheSameOnMachinesWithoutVectorCode) {
    std::mt19937_64 random(3);
    constexpr std::uint32_t kSize = 5003;
    for (const std::size_t count : {0U, 1U, 2U, 3U, 31U, 32U, 33U, 34U, 64U, 301U}) {
        std::vector<GramWindow> windows;
        for (std::size_t i = 0; i < count; ++i) {
            std::string text = random_line(random) + "some 1234";
            if (i % 5 == 0) text.insert(i / 5 % 9, "\n");
            std::memcpy(&windows.emplace_back(), text.data(), sizeof(GramWindow));
        }
        std::vector<unsigned char> plain(kSize + 1);
        mark_windows_plainly(windows, plain.data(), kSize);
        windows.insert(windows.end(), kWindowsBehind, kNoGrams);
        for (const MarkWindows mark : ways_to_mark()) {
            std::vector<unsigned char> quick(kSize + 1);
            mark({windows.data(), count}, quick.data(), kSize);
            quick.back() = 0;  // What is in no filter.
            EXPECT_EQ(quick, plain) << count;
        }
    }
}

TEST(BlockFilter, VerifiesThatNothingIsDenied) {
    std::vector<std::string> lines = repeating_lines(4, 500);
    const std::string bytes = filter_of(lines);
    BlockRows rows;
    rows.lines = make_line_column(lines);
    EXPECT_OK(decoded(bytes).verify(rows));
    std::string without = bytes;
    const auto set =
        std::find_if(without.begin() + 4, without.end(), [](char eight) { return eight != 0; });
    ASSERT_NE(set, without.end());
    *set = static_cast<char>(*set & (*set - 1));
    EXPECT_FALSE(decoded(without).verify(rows));
    lines.push_back("something that no line before it had");
    rows.lines = make_line_column(lines);
    EXPECT_FALSE(decoded(bytes).verify(rows));
}

TEST(BlockFilter, VerifiesMetadataToo) {
    MetadataColumn levels;
    levels.name = "detected_level";
    levels.values = {"", "info"};
    BlockRows rows;
    const std::vector<std::string> lines(200, "the same line each time");
    rows.lines = make_line_column(lines);
    rows.levels = &levels;
    const std::string bytes = BlockFilter::build(rows);
    EXPECT_OK(decoded(bytes).verify(rows));
    levels.values = {"", "warn"};
    EXPECT_FALSE(decoded(bytes).verify(rows));
}

TEST(BlockFilter, KnowsPairsOfMetadata) {
    OpenBlock open;
    for (int i = 0; i < 200; ++i) {
        append(open, {i,
                      "a line of some length to be looked at",
                      i % 2 == 0 ? "info" : "error",
                      {{"trace_id", "4bf92f3577b34da6" + std::to_string(i)}}});
    }
    const RunInput input{open.snapshot()};
    const auto sealed = seal_block({&input, 1}, {});
    ASSERT_OK(sealed);
    const auto filter = make_encoded_block(sealed->block)->filter();
    ASSERT_NE(filter, nullptr);
    const auto holds = [&](std::string_view name, const std::string& value) {
        return filter->may_hold(FilterProbe::of_metadata(name, value));
    };
    for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(holds("trace_id", "4bf92f3577b34da6" + std::to_string(i)));
    EXPECT_TRUE(holds("detected_level", "info"));
    EXPECT_TRUE(holds("detected_level", "error"));
    int wrong = 0;
    for (int i = 200; i < 1200; ++i) {
        wrong += holds("trace_id", "4bf92f3577b34da6" + std::to_string(i)) ? 1 : 0;
        wrong += holds("span_id", "4bf92f3577b34da6" + std::to_string(i)) ? 1 : 0;
    }
    EXPECT_LE(wrong, 20);
}

TEST(BlockFilter, AsksForAllClausesAndAnyOfTheirProbes) {
    std::vector<std::string> lines(60, "connection refused by upstream");
    const std::string bytes = filter_of(lines);
    const BlockFilter filter = decoded(bytes);
    const auto text = [](std::string_view needle) { return FilterProbe::of_text(needle); };
    FilterCondition condition;
    condition.require_any({text("not in it"), text("refused")});
    EXPECT_TRUE(filter.may_hold(condition));
    condition.require_any({text("zzz"), text("xyzzy")});
    EXPECT_TRUE(filter.may_hold(condition)) << "three bytes have no gram: the clause says nothing";
    condition.require_any({text("xyzzy")});
    EXPECT_FALSE(filter.may_hold(condition));
}

TEST(BlockFilter, SmallBlocksHaveSmallOnesOrNone) {
    EXPECT_TRUE(filter_of({"one", "two"}).empty());
    const std::vector<std::string> same(5000, "GET /healthz 200 from the load balancer");
    EXPECT_LT(filter_of(same).size(), 1500U);
    const std::vector<std::string> mixed = random_lines(1, 2000);
    std::size_t raw = 0;
    for (const std::string& line : mixed) raw += line.size();
    EXPECT_LT(filter_of(mixed).size(), raw / 25);
}

TEST(BlockFilter, RefusesBytesThatAreNoFilter) {
    const std::string bytes = filter_of(random_lines(3, 300));
    for (std::size_t size = 0; size < bytes.size(); size += 7)
        EXPECT_FALSE(BlockFilter::decode(std::string_view(bytes).substr(0, size)));
    EXPECT_FALSE(BlockFilter::decode(bytes + "x"));
    EXPECT_FALSE(BlockFilter::decode(std::string_view("\0", 1)));
    EXPECT_FALSE(BlockFilter::decode("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

/// Made-up logs: words of its own for each application, numbers and ids that never come again.
class LogMaker {
public:
    explicit LogMaker(std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < 60; ++i) words_.push_back(word());
    }

    std::vector<std::string> block(std::size_t bytes) {
        std::vector<std::string> lines;
        for (std::size_t size = 0; size < bytes; size += lines.back().size() + 1)
            lines.push_back(line());
        return lines;
    }

    std::string digits(std::size_t count) { return of("0123456789", count); }
    std::string hex(std::size_t count) { return of("0123456789abcdef", count); }
    std::string uuid() {
        return hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12);
    }

private:
    std::string of(std::string_view alphabet, std::size_t count) {
        std::string text;
        for (; count > 0; --count) text.push_back(alphabet[random_() % alphabet.size()]);
        return text;
    }
    std::string word() {
        static constexpr std::array<std::string_view, 24> kParts = {
            "re", "con",  "nect", "ing", "ser", "vice", "que", "ue", "cache", "load", "er", "user",
            "ac", "cept", "time", "out", "str", "eam",  "no",  "de", "pro",   "cess", "or", "al"};
        std::string text;
        for (std::size_t i = 2 + random_() % 3; i > 0; --i)
            text += kParts[random_() % kParts.size()];
        return text;
    }
    std::string line() {
        std::string text = "2026-11-22T0" + digits(1) + ":" + digits(2) + ":" + digits(2) + "." +
                           digits(6) + "Z level=info";
        for (std::size_t i = 4 + random_() % 6; i > 0; --i) text += " " + words_[random_() % 60];
        switch (random_() % 6) {
            case 0: return text + " trace_id=" + hex(32) + " took=" + digits(3) + "ms";
            case 1: return text + " blk_" + digits(19) + " size " + digits(8);
            case 2: return text + " request " + uuid() + " from 10." + digits(2) + "." + digits(2);
            default: return text + " port " + digits(5);
        }
    }

    std::mt19937_64 random_;
    std::vector<std::string> words_;
};

// Words that are looked for in logs; the made-up ones do not have them.
constexpr std::array<std::string_view, 40> kWords = {
    "timeout exceeded", "segfault",          "panic: runtime",
    "OutOfMemoryError", "checkout",          "invoice",
    "rollback",         "deadlock",          "overflow",
    "certificate",      "unauthorized",      "forbidden",
    "throttled",        "exhausted",         "unreachable",
    "handshake",        "heartbeat",         "snapshot",
    "compaction",       "migration",         "elasticsearch",
    "postgres",         "rabbitmq",          "kubernetes",
    "websocket",        "stacktrace",        "broken pipe",
    "disk full",        "permission denied", "mismatch",
    "latency",          "terminated",        "NullPointerException",
    "customer",         "payment",           "shutdown",
    "corrupt data",     "evicted pod",       "orphaned",
    "bad gateway"};

void expect_few_blocks_to_pass(std::size_t block_bytes, int blocks_an_app) {
    std::vector<std::string> filters;
    for (std::uint64_t app = 0; app < 12; ++app) {
        LogMaker maker(app);
        for (int i = 0; i < blocks_an_app; ++i)
            filters.push_back(filter_of(maker.block(block_bytes)));
    }
    const auto passing = [&](std::string_view needle) {
        const FilterProbe probe = FilterProbe::of_text(needle);
        return std::count_if(filters.begin(), filters.end(), [&](const std::string& bytes) {
            return decoded(bytes).may_hold(probe);
        });
    };
    const auto expect_few = [&](const char* what, const std::vector<std::string>& needles) {
        std::ptrdiff_t passed = 0;
        for (const std::string& needle : needles) passed += passing(needle);
        const auto asked = static_cast<double>(needles.size() * filters.size());
        EXPECT_LE(static_cast<double>(passed) / asked, 0.01) << what;
    };
    std::size_t bytes = 0;
    for (const std::string& filter : filters) bytes += filter.size();
    EXPECT_LT(static_cast<double>(bytes) / static_cast<double>(filters.size() * block_bytes), 0.04);

    expect_few("words", {kWords.begin(), kWords.end()});
    LogMaker other(1000);
    std::vector<std::vector<std::string>> ids(5);
    for (int i = 0; i < 60; ++i) {
        ids[0].push_back(other.hex(16));
        ids[1].push_back(other.hex(32));
        ids[2].push_back(other.uuid());
        ids[3].push_back(other.digits(16));
        ids[4].push_back("blk_" + other.digits(19));
    }
    expect_few("16 hex digits", ids[0]);
    expect_few("32 hex digits", ids[1]);
    expect_few("uuids", ids[2]);
    expect_few("16 digits", ids[3]);
    expect_few("block ids", ids[4]);
}

TEST(BlockFilter, LetsAtMostOneBlockInAHundredPassThatLacksAWordOrAnId) {
    expect_few_blocks_to_pass(256U << 10, 5);
}
TEST(BlockFilter, LetsAsFewPassOfTheLargeBlocksOfMergedSegments) {
    expect_few_blocks_to_pass(1U << 20, 2);
}

TEST(BlockFilterGolden, HashesAreThoseOfThePage) {
    const auto hashes = [](std::string_view text) {
        const FilterProbe probe = FilterProbe::of_text(text);
        return std::vector<std::uint32_t>(probe.hashes().begin(), probe.hashes().end());
    };
    EXPECT_EQ(hashes("abcd"), hashes("ABCD"));
    EXPECT_EQ(hashes("abc"), std::vector<std::uint32_t>());
    EXPECT_EQ(hashes("error"), (std::vector<std::uint32_t>{266720469, 3198419666, 3727402644}));
    EXPECT_EQ(hashes("12345 678"),
              (std::vector<std::uint32_t>{2032198858, 2617493885, 3507036741, 3796494081}));
    const FilterProbe pair = FilterProbe::of_metadata("pod", "a");
    EXPECT_EQ(
        std::vector<std::uint32_t>(pair.hashes().begin(), pair.hashes().end()),
        (std::vector<std::uint32_t>{479299822, 1999123661, 3860269558, 1744124758, 725903509}));
}

}  // namespace
}  // namespace skald::storage
