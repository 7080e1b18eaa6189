// SPDX-License-Identifier: Apache-2.0
#include "support/stage_runs.h"

#include <skald/read/logql/row_stage.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace skald::read {
namespace {

TEST(LogfmtStage, ReadsPairs) {
    EXPECT_EQ(parsed("logfmt", "a=1 b=\"two words\" \t c=x,y;z flag d= e=\"\""),
              "a=1 b=two words c=x,y;z");
    EXPECT_EQ(parsed("logfmt",
                     "a=1\nb=2\x01"
                     "c=3"),
              "a=1 b=2 c=3");
    EXPECT_EQ(parsed("logfmt", ""), "");
    EXPECT_EQ(parsed("logfmt", "   "), "");
}

TEST(LogfmtStage, KeepsEmptyValuesIfAsked) {
    EXPECT_EQ(parsed("logfmt --keep-empty", "a= flag b=\"\" c=1"), "a= b= c=1 flag=");
}

TEST(LogfmtStage, TurnsKeysIntoNames) {
    EXPECT_EQ(parsed("logfmt", "a.b=1 9x=2 é=3 [k=4 a-b=5"), "_=3 _9x=2 _k=4 a_b=1");
}

TEST(LogfmtStage, ResolvesQuotedValues) {
    EXPECT_EQ(parsed("logfmt", R"(a="\"q\" \\ \t \u00e9 \ud83d\ude00 \'" b=1)"),
              "a=\"q\" \\ \t é 😀 ' b=1");
    EXPECT_EQ(parsed("logfmt", R"(a="\ud83d" b="\q" c="x)"), "a= ");
    EXPECT_EQ(parsed("logfmt", "a=\"raw\ttab\" b=\"esc\\t\ttab\" c=\"\xFF\""), "a=raw\ttab c= ");
    EXPECT_EQ(parsed("logfmt", "a=\"x\"y z=1"), "a=x z=1");
}

TEST(LogfmtStage, SkipsTheWordThatItCannotRead) {
    EXPECT_EQ(parsed("logfmt", "a=b\"c d=1 =x e==f g=h=i j\"k l=2"), "d=1 l=2");
    EXPECT_EQ(parsed("logfmt", "a=1 \xFF=2 b=3"), "a=1 b=3");
}

TEST(LogfmtStage, StopsAtAnErrorIfStrict) {
    const auto strict = [](std::string_view line) { return with_details("logfmt --strict", line); };
    const std::string at = "!LogfmtParserErr: logfmt syntax error at pos ";
    EXPECT_EQ(strict("a=1 b=c\"d e=2"), "a=1 " + at + "8 : unexpected '\"'");
    EXPECT_EQ(strict("=x"), at + "1 : unexpected '='");
    EXPECT_EQ(strict("a==b"), at + "3 : unexpected '='");
    EXPECT_EQ(strict("ab=\"open"), at + "9 : unterminated quoted value");
    EXPECT_EQ(strict(R"(a="\q" b=1)"), at + "7 : invalid quoted value");
    EXPECT_EQ(strict("\xFF=1"), at + "2 : invalid key");
    EXPECT_EQ(strict("fine=1"), "fine=1");
}

TEST(LogfmtStage, TheFirstValueStaysAndEmptyOnesAreNone) {
    EXPECT_EQ(parsed("logfmt", "k= k=1 k=2 k="), "k=1");
    LabelRow row("app=in level=x app_extracted=y", {{"app", "a"}});
    row.set_parsed("level", "old");
    run_stages("logfmt", row);
    EXPECT_EQ(show(row), "app_extracted=in level=old");
}

TEST(LogfmtStage, StopsOnceEverythingWantedIsThere) {
    EXPECT_EQ(parsed("logfmt --strict", "a=1 b=2 c=\"", wanting({"a", "b"})), "a=1 b=2");
    EXPECT_EQ(parsed("logfmt --strict", "a=1 b=2 c=\"", wanting({"a", "__error__"})),
              "a=1 !LogfmtParserErr");
    EXPECT_EQ(parsed("logfmt --strict", "c=\"", wanting({})), "");
}

TEST(LogfmtExtraction, SetsTheListedLabels) {
    EXPECT_EQ(parsed(R"(logfmt l="level", m="msg", none="x")", "level=info msg=\"a b\" z=1"),
              "l=info m=a b none=");
    EXPECT_EQ(parsed(R"(logfmt k="k", x="a_b")", "k=1 k=2 k= a.b=3"), "k= x=3");
    EXPECT_EQ(parsed("logfmt k", "k=\"\\q\" k=1"), "k=1");
    EXPECT_EQ(parsed(R"(logfmt x="k", y="k")", "k=1"), "x=1 y=1");
}

TEST(LogfmtExtraction, TakesTheNameOfAKeyOrTextsInQuotes) {
    EXPECT_EQ(parsed(R"(logfmt x=" k ")", "k=1"), "x=1");
    EXPECT_EQ(parsed(R"(logfmt x="\"k\"")", "k=1"), "x=1");
    EXPECT_EQ(parsed(R"(logfmt x="\"k\" \"l\"")", "k=1 l=2"), "x=");
    const auto refused = [](std::string_view text) {
        const LogfmtStage stage{
            .strict = false, .keep_empty = false, .extractions = {{"x", std::string(text)}}};
        const auto compiled = RowStage::compile(Stage(stage), WantedLabels());
        return compiled ? std::string() : compiled.error().message;
    };
    const std::string begin = "cannot parse expression [";
    const std::string nothing = "]: syntax error: unexpected $end, expecting STRING or FIELD";
    EXPECT_EQ(refused(""), begin + nothing);
    EXPECT_EQ(refused("1"), begin + "1" + nothing);
    EXPECT_EQ(refused("\u00e9"), begin + "\u00e9" + nothing);
    EXPECT_EQ(refused("b c"), begin + "b c]: syntax error: unexpected FIELD");
    EXPECT_EQ(refused("b.c"), begin + "b.c]: unexpected char .");
    EXPECT_EQ(refused("b\u00e9"), begin + "b\u00e9]: unexpected char \u00e9");
}

TEST(LogfmtExtraction, AKeyNamedLikeALabelFillsItToo) {
    EXPECT_EQ(parsed(R"(logfmt level="msg")", "level=info msg=hi"), "level=hi");
    EXPECT_EQ(parsed(R"(logfmt level="msg")", "msg=hi level=info"), "level=info");
}

TEST(LogfmtExtraction, AKeyOfAnUnwantedLabelFillsNoOther) {
    EXPECT_EQ(parsed(R"(logfmt a="b", c="a")", "a=1"), "a= c=1");
    EXPECT_EQ(parsed(R"(logfmt a="b", c="a")", "a=1", wanting({"a"})), "a=");
    EXPECT_EQ(parsed(R"(logfmt a="b", c="a")", "a=1", wanting({"z"})), "");
}

TEST(LogfmtExtraction, AvoidsLabelsOfTheRow) {
    LabelRow row("app=in", {{"app", "a"}, {"env", "e"}});
    run_stages(R"(logfmt app="app", env="nothere", o="app")", row);
    EXPECT_EQ(show(row), "app_extracted=in o=in");
}

TEST(LogfmtExtraction, StrictErrorsKeepWhatWasFound) {
    EXPECT_EQ(parsed(R"(logfmt --strict a="a", b="b")", "a=1 x\"y b=2"), "a=1 b= !LogfmtParserErr");
}

TEST(LogfmtStage, LessWantedGivesTheSameValues) {
    std::mt19937 random(11);
    const std::vector<std::string> keys = {
        "a", "b", "a.b", "app", "9", "é", "long_key_of_more_than_16"};
    const std::vector<std::string> values = {"1",    "\"x y\"", "\"\\u00e9\"", "",     "\"\"",
                                             "b\"c", "v=w",     "\"\\q\"",     "plain"};
    const std::vector<std::string> names = {
        "a", "b", "a_b", "app", "app_extracted", "_9", "_", "long_key_of_more_than_16"};
    for (int i = 0; i < 20000; ++i) {
        std::string line;
        for (unsigned n = random() % 8; n > 0; --n) {
            line += keys[random() % keys.size()] + "=" + values[random() % values.size()] + " ";
        }
        std::vector<std::string> some;
        for (const std::string& name : names) {
            if (random() % 3 == 0) some.push_back(name);
        }
        const WantedLabels wanted = wanting(some);
        LabelRow all(line, {{"app", "stream"}});
        LabelRow few(line, {{"app", "stream"}});
        run_stages("logfmt", all);
        run_stages("logfmt", few, wanted);
        for (const auto& [name, value] : all.parsed()) {
            const auto found = few.parsed().find(name);
            ASSERT_EQ(found != few.parsed().end(), wanted.contains(name)) << name << " " << line;
            if (found != few.parsed().end()) ASSERT_EQ(found->second, value) << name << " " << line;
        }
    }
}

}  // namespace
}  // namespace skald::read
