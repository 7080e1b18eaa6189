// SPDX-License-Identifier: Apache-2.0
//
// Goal: a program keeps the rows that each line filter keeps, line by line.
// Method: tables from the language's rules; generated filters over blocks of odd lines and over
// parts of them, against a naive evaluation.
#include "support/line_block.h"
#include "support/logql_generator.h"
#include "support/naive_line_filter.h"
#include "support/result_assertions.h"

#include <skald/read/logql/line_filter.h>
#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace skald::read {
namespace {

using Op = LineFilterOp;

std::vector<std::uint32_t> rows_of(const std::vector<LineFilter>& filters,
                                   const std::vector<std::string>& lines) {
    const auto program = LineFilterProgram::compile(filters);
    EXPECT_TRUE(program) << program.error().message;
    std::vector<std::uint32_t> rows;
    const storage::LineColumn column = storage::make_line_column(lines);
    (*program)->apply(column, 0, static_cast<std::uint32_t>(lines.size()), rows);
    return rows;
}

struct FilterCase {
    std::string name;
    LineFilter filter;
    std::vector<std::string> lines;
    std::vector<std::uint32_t> rows;
};
void PrintTo(const FilterCase& filter_case, std::ostream* out) {
    *out << filter_case.name;
}

class OneLineFilter : public testing::TestWithParam<FilterCase> {};

TEST_P(OneLineFilter, KeepsTheRowsOfTheTable) {
    EXPECT_EQ(rows_of({GetParam().filter}, GetParam().lines), GetParam().rows);
}

using Rows = std::vector<std::uint32_t>;
const FilterCase kFilterCases[] = {
    {"contains", {Op::kContains, {{"b"}}}, {"a", "abc", "", "B", "b"}, {1, 4}},
    {"not_contains", {Op::kNotContains, {{"b"}}}, {"a", "abc", "", "B"}, {0, 2, 3}},
    {"nothing_asked", {Op::kContains, {{""}}}, {"a", ""}, {0, 1}},
    {"nothing_refused", {Op::kNotContains, {{""}}}, {"a", ""}, {}},
    {"any_of", {Op::kContains, {{"a"}, {"b"}}}, {"a", "b", "c", "ab"}, {0, 1, 3}},
    {"none_of", {Op::kNotContains, {{"a"}, {"b"}}}, {"a", "b", "c", "ab"}, {2}},
    {"any_of_with_nothing", {Op::kContains, {{"a"}, {""}}}, {"a", "b"}, {0, 1}},
    {"newline_in_needle", {Op::kContains, {{"w\ns"}}}, {"row\nsecond", "row", "second"}, {0}},
    {"newline_at_end_of_line", {Op::kContains, {{"w\n"}}}, {"row", "s", "row\n"}, {2}},
    {"nul",
     {Op::kContains, {{std::string("l\0b", 3)}}},
     {std::string("nul\0byte", 8), "nulb"},
     {0}},
    {"regex", {Op::kRegex, {{"^a.c$"}}}, {"abc", "xabc", "a\nc", "ac", "aéc"}, {0, 4}},
    {"regex_none", {Op::kNotRegex, {{"^a"}, {"c$"}}}, {"ab", "bc", "b", "ca\nc"}, {2}},
    {"regex_nothing", {Op::kRegex, {{""}}}, {"", "a"}, {0, 1}},
    {"regex_nothing_refused", {Op::kNotRegex, {{""}}}, {"", "a"}, {}},
    {"regex_all", {Op::kRegex, {{".*"}}}, {"", "a", "\n"}, {0, 1, 2}},
    {"regex_not_empty", {Op::kRegex, {{".+"}}}, {"", "a", "\xff", "b\n"}, {1, 2, 3}},
    {"multiline", {Op::kRegex, {{"(?m)^second"}}}, {"a\nsecond", "second", "a second"}, {0, 1}},
    {"pattern",
     {Op::kPattern, {{"GET <_> 200 <_>"}}},
     {"GET /a 200 1ms", "GET /a 500 1ms", "prefix GET /a 200 1ms more", "GET  200 1ms",
      "GET /a 200 "},
     {0, 2}},
    {"pattern_leading_capture",
     {Op::kPattern, {{"<_>GET <_>"}}},
     {"GET /a", "a GET b", "a GET "},
     {1}},
    {"pattern_trailing_literal",
     {Op::kPattern, {{"<_> done"}}},
     {"all done", " done", "all done."},
     {0}},
    {"pattern_literal",
     {Op::kPattern, {{"job done"}}},
     {"job done", "a job done", "job done b"},
     {0, 1}},
    {"pattern_capture", {Op::kPattern, {{"<_>"}}}, {"", "a"}, {1}},
    {"pattern_empty", {Op::kPattern, {{""}}}, {"", "a"}, {0}},
    {"pattern_empty_refused", {Op::kNotPattern, {{""}}}, {"", "a"}, {1}},
    {"pattern_repeated", {Op::kPattern, {{"u=<_> u=<_>"}}}, {"u=1 u=2", "u=1", "u= u=2"}, {0}},
    {"pattern_odd", {Op::kPattern, {{"<_ <1> <_"}}}, {"<_ <1> <_", "a"}, {0}},
    {"pattern_none_of", {Op::kNotPattern, {{"a<_>"}, {"<_>b"}}}, {"ax", "xb", "x"}, {2}},
    {"ip_network",
     {Op::kContains, {{"10.0.0.0/8", true}}},
     {"peer 10.0.0.1 up", "172.16.0.10:8080", "[10.0.0.9]", "a=10.0.0.10,b", "10.0.0.13",
      "256.1.1.1", "10.0.0", "10.0.0.1.5", "1.2.3.4-beta", "::ffff:10.0.0.7", "010.0.0.1",
      "glued10.0.0.2text", ""},
     {0, 2, 3, 4, 11}},
    {"ip_single",
     {Op::kContains, {{"172.16.0.10", true}}},
     {"172.16.0.10:8080 up", "172.16.0.101"},
     {0}},
    {"ip_range",
     {Op::kContains, {{"10.0.0.5-10.0.1.2", true}}},
     {"10.0.0.4", "10.0.0.5", "10.0.0.200", "10.0.1.2", "10.0.1.3"},
     {1, 2, 3}},
    {"ip_not", {Op::kNotContains, {{"10.0.0.0/8", true}}}, {"10.0.0.1", "11.0.0.1", ""}, {1, 2}},
    {"ip_six",
     {Op::kContains, {{"2001:db8::/32", true}}},
     {"v6 2001:db8::1 doc", "[2001:db8::3]:443", "2001:DB8::A", "2001:db9::1",
      "at the end 2001:db8::1", "10:20:30", "00:1a:2b:3c:4d:5e"},
     {0, 1, 2, 4}},
    {"ip_six_other_form",
     {Op::kContains, {{"2001:db8::2", true}}},
     {"x 2001:db8:0:0:0:0:0:2"},
     {0}},
    {"ip_six_short",
     {Op::kContains, {{"::1", true}}},
     {"::1", "a ::1", "::12", "fe80::1%eth0"},
     {0, 1}},
    {"ip_zone", {Op::kContains, {{"fe80::1", true}}}, {"fe80::1%eth0"}, {0}},
    {"ip_or_text", {Op::kContains, {{"10.0.0.0/8", true}, {"x"}}}, {"10.0.0.1", "x", "y"}, {0, 1}},
    {"neither_ip_nor_text",
     {Op::kNotContains, {{"10.0.0.0/8", true}, {"x"}}},
     {"10.0.0.1", "x", "y"},
     {2}},
};
INSTANTIATE_TEST_SUITE_P(LineFilter, OneLineFilter, testing::ValuesIn(kFilterCases),
                         [](const auto& test) { return test.param.name; });

TEST(LineFilterProgram, KnowsWhenNothingIsAsked) {
    const auto passes_all = [](const std::vector<LineFilter>& filters) {
        const auto program = LineFilterProgram::compile(filters);
        EXPECT_TRUE(program);
        return (*program)->passes_all();
    };
    EXPECT_TRUE(passes_all({}));
    EXPECT_TRUE(passes_all({{Op::kContains, {{""}}}, {Op::kRegex, {{".*"}}}}));
    EXPECT_FALSE(passes_all({{Op::kNotContains, {{""}}}}));
    EXPECT_FALSE(passes_all({{Op::kContains, {{"a"}}}}));
}

TEST(LineFilterProgram, SearchesManyTextsAtOnce) {
    LineFilter filter{Op::kContains, {}};
    for (int i = 0; i < 300; ++i)
        filter.alternatives.push_back({"id=" + std::to_string(i) + ".*|("});
    const std::vector<std::string> lines = {"id=7.*|(", "id=7", "a id=299.*|( b", "id=300.*|(",
                                            "\xff"};
    EXPECT_EQ(rows_of({filter}, lines), (Rows{0, 2}));
    filter.op = Op::kNotContains;
    EXPECT_EQ(rows_of({filter}, lines), (Rows{1, 3, 4}));
    filter.alternatives.push_back({"\uFFFD"});
    EXPECT_EQ(rows_of({filter}, lines), (Rows{1, 3, 4}));
    filter.alternatives.push_back({"\xff"});
    EXPECT_EQ(rows_of({filter}, lines), (Rows{1, 3}));
    filter.alternatives.push_back({""});
    EXPECT_EQ(rows_of({filter}, lines), Rows{});
}

TEST(LineFilterProgram, NamesTheFilterThatIsWrong) {
    const auto error_of = [](const LineFilter& filter) {
        const auto program = LineFilterProgram::compile({&filter, 1});
        return program ? std::string() : program.error().message;
    };
    EXPECT_EQ(error_of({Op::kRegex, {{"a"}, {"("}}}),
              "stage '|~ \"a\" or \"(\"' : error parsing regexp: missing closing ): `(`");
    EXPECT_EQ(error_of({Op::kContains, {{"zz", true}}}),
              "stage '|= ip(\"zz\")' : ip: invalid pattern: \"zz\"");
    EXPECT_EQ(error_of({Op::kNotRegex, {{"::1", true}}}),
              "stage '!~ ip(\"::1\")' : ip: invalid operation");
    EXPECT_NE(error_of({Op::kPattern, {{"<a>"}}}).find("named captures are not allowed"),
              std::string::npos);
}

TEST(LineFilterProgram, AgreesWithTheNaiveEvaluation) {
    LogqlGenerator random(99);
    const std::vector<std::string> pieces = {
        "alpha", "beta", "gamma",    "delta",   "a",    "\"",
        "\\",    "\n",   "`",        "é",       "\xff", " ",
        "#",     "日",   "10.0.0.7", "1.2.3.5", "::1 ", std::string(1, '\0')};
    for (int round = 0; round < 400; ++round) {
        std::vector<std::string> lines;
        for (std::uint64_t i = random.below(200); i > 0; --i) {
            std::string& line = lines.emplace_back();
            for (std::uint64_t j = random.below(6); j > 0; --j)
                line += pieces[random.below(pieces.size())];
        }
        std::vector<LineFilter> filters;
        for (std::uint64_t i = 1 + random.below(3); i > 0; --i)
            filters.push_back(random.line_filter());
        const auto program = LineFilterProgram::compile(filters);
        ASSERT_OK(program);
        const storage::LineColumn column = storage::make_line_column(lines);
        const auto end = static_cast<std::uint32_t>(random.below(lines.size() + 1));
        const auto begin = static_cast<std::uint32_t>(random.below(end + 1));

        Rows rows{12345};
        (*program)->apply(column, begin, end, rows);

        Rows expected{12345};
        for (std::uint32_t row = begin; row < end; ++row) {
            const bool keep = naive_matches(filters, lines[row]);
            ASSERT_EQ((*program)->matches(lines[row]), keep);
            if (keep) expected.push_back(row);
        }
        ASSERT_EQ(rows, expected) << to_string(Stage(filters[0]));
    }
}

TEST(LineFilterProgram, IsSharedByThreads) {
    std::vector<std::string> lines;
    for (int i = 0; i < 20000; ++i) {
        lines.push_back("request " + std::to_string(i) + " took " + std::to_string(i % 97) +
                        " ms é");
    }
    const storage::LineColumn column = storage::make_line_column(lines);
    // No literal that helps: RE2 does the first megabytes and Hyperscan comes in on the way.
    const auto program = LineFilterProgram::compile(
        std::vector<LineFilter>{{Op::kRegex, {{"\\b\\d\\d? [ln]?ms .$"}}}});
    ASSERT_OK(program);
    const auto count = [&](std::size_t& total) {
        for (int i = 0; i < 8; ++i) {
            Rows rows;
            (*program)->apply(column, 0, 20000, rows);
            total += rows.size();
        }
    };
    std::size_t first = 0;
    std::size_t second = 0;
    std::thread other([&] { count(second); });
    count(first);
    other.join();
    EXPECT_EQ(first, 8U * 20000U);
    EXPECT_EQ(second, first);
}

}  // namespace
}  // namespace skald::read
