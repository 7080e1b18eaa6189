// SPDX-License-Identifier: Apache-2.0
//
// Goal: templates say what lines have in common and match, as pattern filters, the lines they
// count. Method: examples, and random lines of many kinds against the real filter of LogQL.
#include "line_words.h"
#include "template_tree.h"

#include <skald/read/logql/line_filter.h>
#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace skald::write {
namespace {

const std::vector<std::string> kMessageKeys = {"message", "msg"};

/// The patterns that the lines make, with how many lines each counted.
std::map<std::string, std::uint32_t> patterns_of(const std::vector<std::string>& lines) {
    TemplateTree tree;
    LineWords words;
    for (const std::string& line : lines) {
        if (words.cut(line, kMessageKeys)) tree.add(words, 1, 1, true);
    }
    std::map<std::string, std::uint32_t> patterns;
    for (const auto& [shape, group] : tree.groups()) {
        for (const LineTemplate& each : group.templates) {
            for (const auto& count : each.counts.counts())
                patterns[group.pattern_of(each)] += count.lines;
        }
    }
    return patterns;
}

using Patterns = std::map<std::string, std::uint32_t>;

TEST(LineTemplates, ValuesThatDifferBecomeCaptures) {
    EXPECT_EQ(patterns_of({"level=info msg=done request=1 status=ok took=1ms",
                           "level=info msg=done request=2 status=ok took=17ms",
                           "level=info msg=done request=3 status=ok took=2s"}),
              (Patterns{{"level=info msg=done request=<_> status=ok took=<_>", 3}}));
    EXPECT_EQ(patterns_of({"GET /api/items/1 HTTP/1.1 status 200 took 5ms",
                           "GET /api/items/2 HTTP/1.1 status 200 took 6ms"}),
              (Patterns{{"GET <_> HTTP/1.1 status 200 took <_>", 2}}));
}

TEST(LineTemplates, PunctuationAroundAValueStays) {
    EXPECT_EQ(patterns_of({"10.0.0.1 - [12/Jan] \"GET /a\" (x1), ok",
                           "10.0.0.2 - [13/Jan] \"GET /b\" (x2), ok"}),
              (Patterns{{"<_> - [<_>] \"GET <_>\" (<_>), ok", 2}}));
}

TEST(LineTemplates, MembersOfJsonVary) {
    EXPECT_EQ(patterns_of({R"({"level":"info","msg":"user 17 logged in","code":200})",
                           R"({"level":"info","msg":"user 18 logged in","code":200})"}),
              (Patterns{{R"({"level":"info","msg":"user <_> logged in","code":200})", 2}}));
}

TEST(LineTemplates, LinesWithLittleInCommonStayApart) {
    EXPECT_EQ(patterns_of({"starting the server now", "disk of node is full"}).size(), 2U);
    EXPECT_EQ(patterns_of({"hello", "world"}).size(), 2U);
}

TEST(LineTemplates, OfSeveralLinesTheFirstCounts) {
    EXPECT_EQ(patterns_of({"panic: oh no\n  at main.cc:1\n", "panic: oh no\n  at other.cc:20"}),
              (Patterns{{"panic: oh no\n<_>", 2}}));
}

TEST(LineTemplates, WhatLooksLikeACaptureIsOne) {
    EXPECT_EQ(patterns_of({"xml <root> opened"}), (Patterns{{"xml <_> opened", 1}}));
}

TEST(LineTemplates, MemoryOfAStreamIsBounded) {
    TemplateTree tree;
    LineWords words;
    std::mt19937_64 random(3);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        std::string line;
        const std::size_t count = 1 + random() % 20;
        for (std::size_t k = 0; k < count; ++k) {
            for (int c = 0; c < 6; ++c) line += static_cast<char>('a' + random() % 26);
            line += random() % 3 == 0 ? ", " : " ";
        }
        ASSERT_TRUE(words.cut(line, kMessageKeys));
        tree.add(words, i, 1, true);
        ASSERT_LE(tree.size(), TemplateTree::kTemplatesMax);
    }
    std::size_t found = 0;
    for (const auto& [shape, group] : tree.groups()) found += group.templates.size();
    EXPECT_EQ(found, tree.size());
}

/// Makes lines of a few kinds, with the bytes that could confuse a filter.
class LineMaker {
public:
    explicit LineMaker(std::uint64_t seed) : random_(seed) {}

    /// Half of the lines are the one before with another word, so that templates get captures.
    std::string line() {
        if (below(2) == 0 && !last_.empty()) {
            last_ = with_another_word(last_);
        } else {
            last_ = fresh();
        }
        return last_;
    }

private:
    std::string fresh() {
        switch (below(5)) {
            case 0: return logfmt();
            case 1: return json();
            case 2: return words(" ");
            case 3: return words("\t ");
            default: return noise();
        }
    }
    std::string with_another_word(const std::string& line) {
        const std::size_t from = line.rfind(' ', below(line.size()));
        const std::size_t begin = from == std::string::npos ? 0 : from + 1;
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        // Often only the inside of the word, so that the shape stays.
        const bool is_quoted = end - begin > 2 && line[begin] == '"' && line[end - 1] == '"';
        const std::size_t edge = is_quoted && below(2) == 0 ? 1 : 0;
        return line.substr(0, begin + edge) + word() + line.substr(end - edge);
    }
    std::size_t below(std::size_t limit) { return random_() % limit; }
    std::string word() {
        static constexpr std::string_view kBytes = "ab1<>_\"'()[]{},;:.!?=\\/-%\xC3\xA9";
        static const std::vector<std::string> kFixed = {"a",   "b",     "GET", "(x)", "x,y,",
                                                        "7",   "\"q\"", "[1]", "a=b", "k=\"v\"",
                                                        "<_>", "<x>",   "...", "é",   "a\"b\""};
        if (below(3) != 0) return kFixed[below(kFixed.size())];
        std::string text;
        for (std::size_t i = 0; i <= below(6); ++i) text += kBytes[below(kBytes.size())];
        return text;
    }
    std::string words(const std::string& blanks) {
        std::string text;
        for (std::size_t i = 0, n = below(8); i <= n; ++i) {
            text += word();
            for (std::size_t k = 0; k <= below(2); ++k) text += blanks[below(blanks.size())];
        }
        return text;
    }
    std::string logfmt() {
        std::string text;
        for (std::size_t i = 0, n = below(5); i <= n; ++i)
            text += "k" + std::to_string(i) + "=" + word() + " ";
        return text;
    }
    std::string json() {
        static const std::vector<std::string> kValues = {
            "1",       "-2.5",          "true",      "null",           "\"\"",
            "\"a b\"", "\"q\\\"r\"",    "\"x, y\"",  "\"}\"",          "[1,2]",
            "\"é\"",   "\"\\\",\\\"\"", "\"m\\\\\"", "{\"in\":\"v\"}", "\"<b>\""};
        const std::string separator = below(2) == 0 ? "," : ", ";
        std::string text =
            "{\"msg\":\"" + std::string(below(2) == 0 ? "w x" : "it is \\\"so\\\" 1") + "\"";
        for (std::size_t i = 0, n = below(4); i <= n; ++i)
            text += separator + "\"k" + std::to_string(i) + "\":" + kValues[below(kValues.size())];
        return text + (below(3) == 0 ? " }" : "}");
    }
    std::string noise() {
        std::string text;
        for (std::size_t i = 0, n = below(40); i < n; ++i)
            text += "ab1 \t\n\"=,{}<_>\\:"[below(17)];
        return text;
    }

    std::mt19937_64 random_;
    std::string last_;
};

std::shared_ptr<const read::LineFilterProgram> filter_of(const std::string& pattern) {
    const read::LineFilter filter = [&] {
        std::string quoted = "{a=\"b\"} |> \"";
        for (const char c : pattern) {
            if (c == '"' || c == '\\') quoted += '\\';
            if (c == '\n') {
                quoted += "\\n";
            } else if (c == '\r') {
                quoted += "\\r";
            } else {
                quoted += c;
            }
        }
        const auto expr = read::parse_query(quoted + "\"");
        EXPECT_TRUE(expr.has_value()) << quoted << ": " << expr.error().message;
        const auto& log = std::get<read::LogExpr>((*expr)->node);
        return std::get<read::LineFilter>(log.stages.at(0));
    }();
    const auto program = read::LineFilterProgram::compile(std::span(&filter, 1));
    EXPECT_TRUE(program.has_value()) << pattern << ": " << program.error().message;
    return program.has_value() ? *program : nullptr;
}

TEST(LineTemplates, TheEndOfALineIsNotFoundInsideItsLastWord) {
    const std::vector<std::string> lines = {R"(say "a"b")", R"(say "c"d")"};
    const Patterns patterns = patterns_of(lines);
    ASSERT_EQ(patterns.size(), 1U);
    for (const std::string& line : lines) {
        EXPECT_TRUE(filter_of(patterns.begin()->first)->matches(line)) << patterns.begin()->first;
    }
}

// Every line matches the template that it was counted for, also after the template got wider.
TEST(LineTemplates, MatchTheirLinesAsPatternFilters) {
    std::size_t checked = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        LineMaker maker(seed);
        TemplateTree tree;
        LineWords words;
        std::map<std::pair<std::uint64_t, std::size_t>, std::set<std::string>> lines_of;
        for (int i = 0; i < 120; ++i) {
            const std::string line = maker.line();
            if (!words.cut(line, kMessageKeys)) continue;
            // A slot for each line tells afterwards which template counted it.
            if (!tree.add(words, static_cast<std::uint32_t>(i + 1), 1, true)) continue;
            lines_of[{0, static_cast<std::size_t>(i + 1)}].insert(line);
        }
        for (const auto& [shape, group] : tree.groups()) {
            for (const LineTemplate& each : group.templates) {
                const std::string pattern = group.pattern_of(each);
                const auto filter = filter_of(pattern);
                ASSERT_NE(filter, nullptr);
                for (const auto& count : each.counts.counts()) {
                    const std::string& line = *lines_of.at({0, count.slot}).begin();
                    ASSERT_TRUE(filter->matches(line))
                        << "pattern: " << pattern << "\nline: " << line;
                    ++checked;
                }
            }
        }
    }
    EXPECT_GT(checked, 1500U);
}

TEST(SlotCounts, MergeWhatIsOldAndDropWhatIsTooOld) {
    SlotCounts counts;
    const std::uint32_t now = 100'000;
    for (std::uint32_t slot = now - 8640; slot <= now; ++slot) counts.add(slot, 1);
    counts.add(now, 2);

    counts.prune(now - 8000);

    std::uint64_t lines = 0;
    for (const auto& count : counts.counts()) lines += count.lines;
    EXPECT_EQ(lines, 8000U + 1 + 2);
    EXPECT_LT(counts.counts().size(), 1400U);
    EXPECT_EQ(counts.counts().back(), (SlotCounts::Count{now, 3}));
    EXPECT_TRUE(std::is_sorted(counts.counts().begin(), counts.counts().end(),
                               [](const auto& a, const auto& b) { return a.slot < b.slot; }));
}

}  // namespace
}  // namespace skald::write
