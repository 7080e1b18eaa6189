// SPDX-License-Identifier: Apache-2.0
//
// Goal: a regex finds the same lines in a block, whichever way it takes (literals, Hyperscan, RE2
// on each line), as RE2 on the line alone with Go's reading of broken UTF-8. Method: generated
// patterns and lines from a small alphabet, so that much matches; known traps as a table.
#include "line_matcher.h"
#include "regex_plan.h"
#include "regex_text.h"
#include "support/line_block.h"
#include "support/result_assertions.h"

#include <skald/foundation/model/text.h>

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace skald::read {
namespace {

/// Patterns of all the syntax that is planned for, and a little that is not.
class PatternGenerator {
public:
    explicit PatternGenerator(std::uint64_t seed) : random_(seed) {}

    std::string pattern() {
        std::string flags;
        if (below(4) == 0) flags = pick({"(?i)", "(?s)", "(?m)", "(?im-s)", "(?U)"});
        return flags + alternation(3);
    }
    std::string line() {
        std::string out;
        for (std::uint64_t i = below(9); i > 0; --i) {
            out += pick({"a",
                         "b",
                         "k",
                         "K",
                         "s",
                         "ab",
                         "error",
                         "Error",
                         " ",
                         "0",
                         "7",
                         ".",
                         "-",
                         "\t",
                         below(6) == 0 ? "\n" : "a",
                         below(4) == 0 ? "é" : "b",
                         below(8) == 0 ? "\u212a" : "k",
                         below(8) == 0 ? "\u017f" : "s",
                         below(8) == 0 ? "\xff" : "b",
                         below(8) == 0 ? "\xe2\x82" : "_",
                         below(8) == 0 ? std::string(1, '\0') : "x",
                         below(8) == 0 ? "\v" : "x"});
        }
        return out;
    }

private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

    std::string alternation(int depth) {
        std::string out = concatenation(depth);
        for (std::uint64_t i = below(5) / 3; i > 0; --i) out += "|" + concatenation(depth);
        return out;
    }
    std::string concatenation(int depth) {
        std::string out;
        for (std::uint64_t i = below(4); i > 0; --i) out += repeated(depth);
        return out;
    }
    std::string repeated(int depth) {
        if (below(10) == 0) return pick({"^", "$", "\\b", "\\B", "\\A", "\\z"});
        const std::string one = atom(depth);
        if (below(3) != 0) return one;
        return one + pick({"*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "{1,3}?"});
    }
    std::string atom(int depth) {
        if (depth > 0 && below(4) == 0) {
            return pick({"(", "(?:", "(?P<n" + std::to_string(++names_) + ">", "(?i:"}) +
                   alternation(depth - 1) + ")";
        }
        return pick(
            {"a",      "b",    "k",         "s",      "error",       "ab",           "é",
             ".",      "\\d",  "\\w",       "\\s",    "\\S",         "\\W",          "\\D",
             "[ab]",   "[^a]", "[a-k]",     "[^\\s]", "[[:alpha:]]", "[[:^upper:]]", "[é-ü]",
             "\\x41",  "\\.",  "\\t",       "\\n",    "\\Qa.\\E",    "[\\d-]",       "\\pL",
             "\u017f", "\\v",  "\\x{212a}", "[]a]",   "[^]a]"});
    }

    std::mt19937_64 random_;
    int names_ = 0;
};

/// What Go says of one line.
bool expected(const re2::RE2& regex, const std::string& line) {
    return re2::RE2::PartialMatch(line, regex) ||
           (!is_valid_utf8(line) && re2::RE2::PartialMatch(to_valid_utf8(line), regex));
}

std::vector<std::uint32_t> scan(const LineMatcher& matcher, const storage::LineColumn& lines) {
    const RowRange range{lines, 0, static_cast<std::uint32_t>(lines.offsets.rows())};
    RowSet wanted;
    RowSet found;
    wanted.reset(range, true);
    found.reset(range, false);
    matcher.scan(range, wanted, found);
    std::vector<std::uint32_t> rows;
    found.for_each([&](std::uint32_t row) { rows.push_back(row); });
    return rows;
}

/// Compares all ways with the expectation; true if Hyperscan took part.
bool check_pattern(const std::string& pattern, const std::vector<std::string>& lines) {
    const auto regex = compile_regex(pattern);
    if (!regex) return false;
    const storage::LineColumn column = storage::make_line_column(lines);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < lines.size(); ++row) {
        if (expected(**regex, lines[row])) rows.push_back(row);
    }
    const auto plain = make_regex_matcher(pattern, ~std::size_t{0});
    const auto compiled = make_regex_matcher(pattern, 0);
    EXPECT_TRUE(plain && compiled);
    if ((*plain)->matches_all()) {
        EXPECT_EQ(rows.size(), lines.size()) << pattern;
        return false;
    }
    EXPECT_EQ(scan(**plain, column), rows) << "without Hyperscan: " << pattern;
    EXPECT_EQ(scan(**compiled, column), rows) << "with Hyperscan: " << pattern;
    for (std::uint32_t row = 0; row < lines.size(); ++row) {
        EXPECT_EQ((*plain)->matches(lines[row]), expected(**regex, lines[row]))
            << pattern << " on " << go_quote(lines[row]);
    }
    const RegexPlan plan = plan_regex(pattern);
    return !plan.scan_pattern.empty() && !plan.needles_suffice;
}

TEST(RegexMatcher, FindsTheSameLinesOnEveryWay) {
    PatternGenerator generator(42);
    int with_hyperscan = 0;
    for (int round = 0; round < 1500; ++round) {
        std::vector<std::string> lines;
        for (int i = 0; i < 60; ++i) lines.push_back(generator.line());
        with_hyperscan += check_pattern(generator.pattern(), lines) ? 1 : 0;
        if (HasFailure()) return;
    }
    EXPECT_GT(with_hyperscan, 400);
}

TEST(RegexMatcher, KnowsTheTraps) {
    const std::vector<std::string> lines = {"",
                                            "\n",
                                            "a",
                                            "a\nb",
                                            "\na",
                                            "b\n",
                                            "error",
                                            "ERROR",
                                            "x error",
                                            "x\nerror",
                                            "failed",
                                            "failure",
                                            "K\u212a signs",
                                            "\u017ftrange",
                                            "STRANGE",
                                            "a\xff"
                                            "b",
                                            "\xff",
                                            "日本語",
                                            "aé",
                                            "a\vb",
                                            "foo",
                                            "foo bar",
                                            "row one\nsecond row",
                                            std::string("nul\0byte", 8),
                                            "10.0.0.1",
                                            "a  b",
                                            "err",
                                            "k",
                                            "sS",
                                            "é",
                                            "\u017fKe5",
                                            "SKE5"};
    const char* const patterns[] = {"^$",
                                    "^",
                                    "$",
                                    ".",
                                    ".+",
                                    "^.$",
                                    "^...$",
                                    "a.b",
                                    "(?s)a.b",
                                    "^b",
                                    "(?m)^b",
                                    "(?m)a$",
                                    "a$",
                                    "\\Ab\\z",
                                    "error",
                                    "(?i)error",
                                    "err(or)?",
                                    "error|fail(ed|ure)",
                                    "(?i)k",
                                    "(?i)STRANGE",
                                    "(?i)\u017f",
                                    "\\Skele",
                                    "a\\Sb",
                                    "a\\s+b",
                                    "[^a]",
                                    "[^\\n]",
                                    "\\pL",
                                    "\\bbyte\\b",
                                    "(?i:err).*",
                                    ".*error.*",
                                    "^.*error",
                                    "row.second",
                                    "\\x{ff}",
                                    "\ufffd",
                                    "(a|b)\\n",
                                    "one\\nsecond",
                                    "[a-z]+\\.",
                                    "\\d+\\.\\d+",
                                    "x{0}",
                                    "(?:)",
                                    "|a",
                                    "a|",
                                    "()",
                                    "[[:^space:]]{3}",
                                    "(?i)[[:^upper:]]",
                                    "(?i)[^k]",
                                    "(?i)[k-l]s",
                                    "\\Qa  b\\E",
                                    "(?-s).",
                                    "(?i)[\\x{2000}-\\x{3000}]",
                                    "é|k",
                                    "[é]",
                                    "^\\W",
                                    "r\\B",
                                    "[^é\\n]",
                                    "[^日本語\\n]",
                                    "(?i)ske\\d"};
    for (const char* pattern : patterns) check_pattern(pattern, lines);
}

TEST(RegexMatcher, SearchesAlternationsAndFoldedWordsAsLiterals) {
    EXPECT_TRUE(plan_regex("error|fail(ed|ure)").needles_suffice);
    EXPECT_EQ(plan_regex("error|fail(ed|ure)").needles.size(), 3U);
    EXPECT_TRUE(plan_regex("(?i)error").needles_suffice);
    EXPECT_EQ(plan_regex("(?i)error").needles[0].folds, std::string(5, '\x20'));
    EXPECT_TRUE(plan_regex(".*timeout.*").needles_suffice);
    EXPECT_EQ(plan_regex("err(or)?").needles.size(), 1U);
    EXPECT_EQ(plan_regex("status=5\\d\\d").needles[0].bytes, "status=5");
    EXPECT_FALSE(plan_regex("status=5\\d\\d").needles_suffice);
    EXPECT_TRUE(plan_regex("\\d+ms").needles[0].bytes == "ms");
    EXPECT_TRUE(plan_regex(".*").matches_all);
    EXPECT_TRUE(plan_regex("").matches_all);
    EXPECT_FALSE(plan_regex("^").matches_all);
}

TEST(RegexMatcher, LeavesHugeRepetitionsToRe2) {
    EXPECT_FALSE(plan_regex("[a-z]{3,20}=\\d").scan_pattern.empty());
    EXPECT_TRUE(plan_regex("((.{1,50}a){1,50}b){1,50}c").scan_pattern.empty());
    EXPECT_TRUE(plan_regex("x{1000}").scan_pattern.empty());
}

TEST(RegexMatcher, ReadsGosNamedGroupsAndRefusesSingleBytes) {
    ASSERT_OK(compile_regex("(?<name>a)"));
    ASSERT_OK(compile_regex("[(?<]\\(?<"));
    ASSERT_OK(compile_regex("\\Q(?<\\E"));
    const auto refused = compile_regex("a\\C");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "error parsing regexp: invalid escape sequence: `\\C`");
}

}  // namespace
}  // namespace skald::read
