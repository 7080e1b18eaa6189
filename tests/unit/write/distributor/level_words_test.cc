// SPDX-License-Identifier: Apache-2.0
//
// Goal: the vector search and the portable one find the same word as the rule written out plainly.
// Method: a table of the rule's corners; then random lines of awkward pieces, at every length and
// alignment, against a naive search.
#include "level_words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {
    {{"trace", "trace"},
     {"debug", "debug"},
     {"fatal", "fatal"},
     {"critical", "critical"},
     {"error", "error"},
     {"err", "error"},
     {"warning", "warn"},
     {"warn", "warn"},
     {"info", "info"}}};

/// http-api 4.8, step 6, word for word.
std::string_view naive(std::string_view line) {
    std::string lower(line);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (std::size_t at = 0; at < lower.size(); ++at) {
        if (at > 0 && std::string_view(" \t\n[({\"=").find(lower[at - 1]) == std::string_view::npos)
            continue;
        for (const auto& [word, level] : kWords) {
            if (lower.compare(at, word.size(), word) != 0) continue;
            const std::size_t end = at + word.size();
            if (end == lower.size() ||
                std::string_view(" \t\n[](){}:,!\"=").find(lower[end]) != std::string_view::npos)
                return level;
        }
    }
    return {};
}

struct WordCase {
    std::string line;
    std::string level;
};
void PrintTo(const WordCase& c, std::ostream* out) {
    *out << '"' << c.line << '"';
}

class LevelWords : public testing::TestWithParam<WordCase> {};

TEST_P(LevelWords, FindsTheFirstWordBetweenBoundaries) {
    const auto& [line, level] = GetParam();

    EXPECT_EQ(find_level_word(line), level);
    EXPECT_EQ(find_level_word_portable(line), level);
    EXPECT_EQ(naive(line), level);
}

INSTANTIATE_TEST_SUITE_P(
    Corners, LevelWords,
    testing::Values(WordCase{"", ""}, WordCase{"e", ""}, WordCase{"er", ""},
                    WordCase{"err", "error"}, WordCase{"ERROR", "error"},
                    WordCase{"an ERROR happened", "error"}, WordCase{"Warning: low disk", "warn"},
                    WordCase{"warn! now", "warn"}, WordCase{"debugging started", ""},
                    WordCase{"[TRACE] enter", "trace"}, WordCase{"(fatal) crash", "fatal"},
                    WordCase{"critical failure", "critical"}, WordCase{"errors everywhere", ""},
                    WordCase{"information desk", ""}, WordCase{"\"info\"", "info"},
                    WordCase{"level:error", ""}, WordCase{"terror", ""},
                    WordCase{"info,warn", "info"}, WordCase{"warn before error", "warn"},
                    WordCase{"error.", ""}, WordCase{"error;", ""}, WordCase{"-error-", ""},
                    WordCase{"error-code", ""}, WordCase{"error-code error", "error"},
                    WordCase{"{error}", "error"}, WordCase{"a\terror\n", "error"},
                    WordCase{"a\rerror", ""}, WordCase{"key=err", "error"},
                    WordCase{"warnings warn", "warn"}, WordCase{"tracer trace:", "trace"},
                    WordCase{"\xC3\xA9rror error", "error"},
                    WordCase{std::string("a\0error error=", 14), "error"}));

TEST(LevelWords, AgreesWithTheNaiveSearchOnRandomLines) {
    const std::vector<std::string> pieces = {
        "error", "ERR",   "warn",  "Warning",  "info",       "inf",
        "trace", "debug", "fatal", "critical", "crit",       " ",
        " ",     "=",     "\"",    "[",        ":",          ".",
        "x",     "terr",  "\n",    "\xC2",     "0123456789", "a long run of plain text ",
        "e",     "w"};
    std::mt19937 random(7);
    int found = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text;
        const std::size_t target = random() % 120;
        while (text.size() < target) text += pieces[random() % pieces.size()];
        // A buffer of exactly this size, at any alignment, lets ASan see reads beyond its ends.
        const std::size_t offset = random() % 8;
        const std::vector<char> bytes(
            text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size())), text.end());
        const std::string_view line(bytes.data(), bytes.size());
        const std::string_view expected = naive(line);
        found += expected.empty() ? 0 : 1;
        ASSERT_EQ(find_level_word(line), expected) << line;
        ASSERT_EQ(find_level_word_portable(line), expected) << line;
    }
    EXPECT_GT(found, 10'000);
    EXPECT_LT(found, 55'000);
}

TEST(LevelWords, FindsAWordAtEveryPlaceOfALine) {
    for (std::size_t length = 3; length < 150; ++length) {
        for (std::size_t at = 0; at + 3 <= length; ++at) {
            std::string line(length, '.');
            line.replace(at, 3, "err");
            if (at > 0) line[at - 1] = ' ';
            if (at + 3 < length) line[at + 3] = '=';
            ASSERT_EQ(find_level_word(line), "error") << length << " " << at;
        }
    }
}

}  // namespace
}  // namespace skald::write
