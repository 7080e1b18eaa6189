// SPDX-License-Identifier: Apache-2.0
//
// regexp, pattern, line_format, label_format and decolorize, and what every stage tells of itself.
#include "support/stage_runs.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace skald::read {
namespace {

TEST(RowStage, ServesWhatWorksOnLines) {
    const std::map<std::string, bool> cases = {
        {"json", true},           {"json a=\"b\"", true},
        {"logfmt", true},         {"regexp `(?P<a>x)`", true},
        {"pattern `<a>`", true},  {"unpack", true},
        {"line_format ``", true}, {"label_format a=b", true},
        {"decolorize", true},     {"drop a", false},
        {"keep a", false},        {"a=\"b\"", false},
    };
    for (const auto& [text, served] : cases)
        EXPECT_EQ(RowStage::serves(stages_of(text)[0]), served) << text;
}

TEST(RowStage, TellsWhatItReadsAndWhetherTheLineChanges) {
    const auto compiled = [](std::string_view text) {
        return *RowStage::compile(stages_of(text)[0], {});
    };
    for (const char* text :
         {"json", "logfmt", "regexp `(?P<a>x)`", "pattern `<a>`", "label_format a=b"}) {
        EXPECT_FALSE(compiled(text)->changes_line()) << text;
    }
    for (const char* text : {"unpack", "decolorize", "line_format ``"}) {
        EXPECT_TRUE(compiled(text)->changes_line()) << text;
    }
    using Names = std::vector<std::string>;
    EXPECT_EQ(compiled("json")->reads().names, Names{});
    EXPECT_FALSE(compiled("json")->reads().all);
    EXPECT_EQ(compiled("line_format `{{.b}}{{.a}}`")->reads().names, (Names{"a", "b"}));
    EXPECT_EQ(compiled("label_format x=z, y=`{{.b}}`, w=`{{.b}}`")->reads().names,
              (Names{"b", "z"}));
    EXPECT_TRUE(compiled("label_format y=`{{.}}`")->reads().all);
}

TEST(RegexpStage, NamesTheGroupsOfTheLeftmostMatch) {
    EXPECT_EQ(parsed("regexp `(?P<a>[a-z]+)=(?<b>\\d+)`", "x=y k=1 z=2"), "a=k b=1");
    EXPECT_EQ(parsed("regexp `\"(?P<m>[A-Z]+) (?P<p>[^ ?]+)`", R"(1 "" "x" "GET /a?b" "PUT /c")"),
              "m=GET p=/a");
    EXPECT_EQ(parsed("regexp `(?P<a>x)|(?P<b>y)`", "y"), "a= b=y");
    EXPECT_EQ(parsed("regexp `(?P<a>x)`", "y"), "");
    EXPECT_EQ(parsed("regexp `^(?P<a>.*)$`", ""), "a=");
    EXPECT_EQ(parsed("regexp `(?i)key: (?P<a>.)`", "KEY: v"), "a=v");
    EXPECT_EQ(parsed("regexp `a\\b(?P<r>.*)`", "ab a c"), "r= c");
}

TEST(RegexpStage, ReadsBytesThatAreNoUtf8AsOneCharacter) {
    EXPECT_EQ(parsed("regexp `a(?P<x>.)b`",
                     "a\xFF"
                     "b"),
              "x=\xEF\xBF\xBD");
}

TEST(RegexpStage, FollowsTheRulesOfNames) {
    LabelRow row("k1 v2", {{"k", "stream"}});
    row.set_parsed("v", "old");
    run_stages("regexp `k(?P<k>.) v(?P<v>.)`", row);
    EXPECT_EQ(show(row), "k_extracted=1 v=old");
    EXPECT_EQ(parsed("regexp `(?P<a>.)(?P<b>.)(?P<c>.)`", "123", wanting({"b"})), "b=2");
}

TEST(RegexpStage, FindsWhatRe2FindsByItself) {
    std::mt19937 random(3);
    for (const char* pattern :
         {"ab(?P<x>.)", "a(?P<x>a|b)", "(?:ab)+(?P<x>c?)", "a?b(?P<x>.)", "\"(?P<x>[a-b]+)\"",
          "b*(?P<x>a)", "(?P<x>a{2})c", "aab(?P<x>c*)$", "\\ba(?P<x>b)"}) {
        const re2::RE2 regex(pattern);
        for (int i = 0; i < 500; ++i) {
            std::string line;
            for (unsigned n = random() % 24; n > 0; --n) line.push_back("aabc\" "[random() % 6]);
            re2::StringPiece spans[2];
            const bool found = regex.Match(line, 0, line.size(), re2::RE2::UNANCHORED, spans, 2);
            const std::string expected =
                found ? "x=" + std::string(spans[1].data(), spans[1].size()) : "";
            ASSERT_EQ(parsed("regexp `" + std::string(pattern) + "`", line), expected)
                << pattern << " " << line;
            if (i % 50 != 0) continue;
            const std::string many(5000, 'a');
            EXPECT_EQ(parsed("regexp `aab(?P<x>.)`", many + "bc"), "x=c");
        }
    }
}

TEST(PatternStage, CapturesBetweenLiterals) {
    EXPECT_EQ(parsed("pattern `<ip> - <_> [<ts>] \"<m> <_>`", "1.2 - u [now] \"GET /x y\""),
              "ip=1.2 m=GET ts=now");
    EXPECT_EQ(parsed("pattern `a<x>`", "ba"), "");
    EXPECT_EQ(parsed("pattern `a<x>c`", "abd"), "x=bd");
    EXPECT_EQ(parsed("pattern `<a>, <b>, <c>`", "1, 2"), "a=1 b=2");
    EXPECT_EQ(parsed("pattern `<a>-<b>`", "-"), "a= b=");
    EXPECT_EQ(parsed("pattern `<a>`", ""), "");
    EXPECT_EQ(parsed("pattern `<a> <b>`", "x y z", wanting({"a"})), "a=x");
    EXPECT_EQ(parsed("pattern `<a> <b>`", "x y z", wanting({"c"})), "");
    LabelRow row("1 2", {{"a", "stream"}});
    row.set_parsed("b", "old");
    run_stages("pattern `<a> <b>`", row);
    EXPECT_EQ(show(row), "a_extracted=1 b=old");
}

TEST(LineFormatStage, ReplacesTheLine) {
    LabelRow row("old", {{"app", "a"}});
    run_stages("line_format `<{{.app}}{{.none}}|{{__line__}}>`", row);
    EXPECT_EQ(row.line(), "<a|old>");
    run_stages("line_format `{{.app}}`", row);
    EXPECT_EQ(row.line(), "a");
    run_stages("line_format `{{.none}}`", row);
    EXPECT_EQ(row.line(), "");
}

TEST(LineFormatStage, LeavesTheLineAfterAnError) {
    LabelRow row("old");
    run_stages("line_format `x{{div 1 0}}`", row);
    EXPECT_EQ(row.line(), "old");
    EXPECT_EQ(row.error(), "TemplateFormatErr");
    EXPECT_TRUE(row.details().starts_with("template: line:1:")) << row.details();
}

std::string formatted(std::string_view items) {
    LabelRow row("line", {{"app", "a"}});
    row.set_parsed("x", "1");
    row.set_parsed("y", "2");
    run_stages("label_format " + std::string(items), row);
    std::string out;
    for (const auto& [name, value] : row.all()) {
        if (name != "__error_details__") out += (out.empty() ? "" : " ") + name + "=" + value;
    }
    return out;
}

TEST(LabelFormatStage, Renames) {
    EXPECT_EQ(formatted("z=x"), "app=a y=2 z=1");
    EXPECT_EQ(formatted("x=y"), "app=a x=2");
    EXPECT_EQ(formatted("z=none"), "app=a x=1 y=2");
    EXPECT_EQ(formatted("svc=app"), "svc=a x=1 y=2");
    EXPECT_EQ(formatted("app=x"), "app=1 y=2");
    EXPECT_EQ(formatted("x=x"), "app=a x=1 y=2");
    EXPECT_EQ(formatted("a=x, b=a, c=b"), "app=a c=1 y=2");
}

TEST(LabelFormatStage, TemplatesSeeTheLabelsThatTheFirstOneSees) {
    EXPECT_EQ(formatted("z=`{{.x}}-{{.y}}`"), "app=a x=1 y=2 z=1-2");
    EXPECT_EQ(formatted("z=`{{.x}}`, w=`[{{.z}}]`"), "app=a w=[] x=1 y=2 z=1");
    EXPECT_EQ(formatted("z=x, w=`{{.x}}{{.z}}`"), "app=a w=1 y=2 z=1");
    EXPECT_EQ(formatted("w=`{{.x}}`, z=x, v=`{{.x}}{{.z}}`"), "app=a v=1 w=1 y=2 z=1");
    EXPECT_EQ(formatted("w=`w`, z=w"), "app=a x=1 y=2 z=w");
    EXPECT_EQ(formatted("x=``"), "app=a x= y=2");
    EXPECT_EQ(formatted("app=`{{.app}}!`"), "app=a! x=1 y=2");
}

TEST(LabelFormatStage, AnErrorSkipsItsLabelOnly) {
    EXPECT_EQ(formatted("z=`{{div 1 0}}`, w=`w`"), "__error__=TemplateFormatErr app=a w=w x=1 y=2");
}

std::string plain(const std::string& line) {
    LabelRow row(line);
    run_stages("decolorize", row);
    return std::string(row.line());
}

TEST(DecolorizeStage, TakesControlSequencesOut) {
    EXPECT_EQ(plain("\x1B[1;31mred\x1B[0m \x1B[Kend"), "red end");
    EXPECT_EQ(plain("\xC2\x9B"
                    "31mred"),
              "red");
    EXPECT_EQ(plain("a\x1B]0;title\x07z"), "az");
    EXPECT_EQ(plain("open \x1B"), "open \x1B");
    EXPECT_EQ(plain("plain [0m"), "plain [0m");
    EXPECT_EQ(plain(""), "");
    EXPECT_EQ(plain("\xFF\x1B[0m\xFF"), "\xFF\xFF");
}

}  // namespace
}  // namespace skald::read
