// SPDX-License-Identifier: Apache-2.0
//
// json and unpack: names, values, clashes, damage, and that less wanted never changes what is
// given.
#include "support/stage_runs.h"

#include <skald/foundation/model/text.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace skald::read {
namespace {

TEST(JsonStage, MakesLabelsOfScalarsOnly) {
    EXPECT_EQ(parsed("json",
                     R"({"s":"x","n":-1.50,"e":1E+9,"t":true,"f":false,"z":null,"a":[1],"o":{}})"),
              "e=1E+9 f=false n=-1.50 s=x t=true");
    EXPECT_EQ(parsed("json", "{}"), "");
    EXPECT_EQ(parsed("json", R"({"empty":"","blank":" "})"), "blank=  empty=");
}

TEST(JsonStage, JoinsTheNamesOfNestedMembers) {
    EXPECT_EQ(parsed("json", R"({"a":{"b":{"c-d":1,"2":2}},"3":{"x":4}})"),
              "_3_x=4 a_b_2=2 a_b_c_d=1");
    EXPECT_EQ(parsed("json", R"({"":{"b":1},"a":{" ":2},"c":{"":{"d":3}}})"), "a=2 b=1 c_d=3");
}

TEST(JsonStage, TurnsKeysIntoNames) {
    EXPECT_EQ(parsed("json", R"({" pad ":1,"9x":2,"é":3,"a.b":4,"":5,"  ":6,"tab\there":7})"),
              "_=3 _9x=2 a_b=4 pad=1 tab_here=7");
}

TEST(JsonStage, ResolvesEscapes) {
    EXPECT_EQ(parsed("json", R"({"a":"q\"\\\/\b\f\n\r\t","b":"\u00e9\uD83D\uDE00"})"),
              "a=q\"\\/\b\f\n\r\t b=é😀");
    // A wrong one, and half a pair, leave nothing of the value.
    EXPECT_EQ(parsed("json", R"({"a":"x\qy","b":"\ud800","c":"\u12"})"), "a= b= c=");
    EXPECT_EQ(parsed("json", "{\"a\":\"x\xEF\xBF\xBDy\",\"b\":\"\xFF\\n\"}"), "a=x y b= \n");
    EXPECT_EQ(with_details("json", R"({"a":1,"\q":2})"),
              "a=1 !JSONParserErr: Encountered an invalid escape sequence in a string");
}

TEST(JsonStage, TheFirstOfRepeatedNamesStays) {
    EXPECT_EQ(parsed("json", R"({"k":1,"k":2,"a_b":3,"a":{"b":4}})"), "a_b=3 k=1");
    EXPECT_EQ(parsed("logfmt | json", R"({"a":1,"b":2})"), "a=1 b=2");
    LabelRow row(R"({"a":"new"})");
    row.set_parsed("a", "old");
    run_stages("json", row);
    EXPECT_EQ(show(row), "a=old");
}

TEST(JsonStage, NamesOfTheRowGetASuffix) {
    LabelRow row(R"({"app":"in","level":1,"o":{"x":2},"app_extracted":"late"})", {{"app", "a"}},
                 {{"level", "m"}, {"o_x", "m"}});
    run_stages("json", row);
    EXPECT_EQ(show(row), "app_extracted=in level_extracted=1 o_x_extracted=2");
}

TEST(JsonStage, KeepsWhatStandsInFrontOfDamage) {
    const std::string object = "Value looks like object, but can't find closing '}' symbol";
    const std::string array = "Value is array, but can't find closing ']' symbol";
    const std::pair<std::string, std::string> cases[] = {
        {"", "!JSONParserErr: " + object},
        {"plain", "!JSONParserErr: " + object},
        {"[1]", "!JSONParserErr: " + object},
        {"{", "!JSONParserErr: Malformed JSON error"},
        {"{a:1}", "!JSONParserErr: " + object},
        {R"({"a":1)", "a=1 !JSONParserErr: " + array},
        {R"({"a":1,)", "a=1 !JSONParserErr: " + array},
        {R"({"a":1 "b":2})", "a=1 !JSONParserErr: " + object},
        {R"({"a":1,"b")", "a=1 !JSONParserErr: Malformed JSON error"},
        {R"({"a":1,"b":})", "a=1 !JSONParserErr: Unknown value type"},
        {R"({"a":1,"b":tru})", "a=1 !JSONParserErr: Unknown value type"},
        {R"({"a":1,"b":"x})",
         "a=1 !JSONParserErr: Value is string, but can't find closing '\"' symbol"},
        {R"({"a":1,"b":{"c":2)", "a=1 !JSONParserErr: " + object},
        {R"({"a":1,"b":{"c":2,"d":x},"e":3})", "a=1 b_c=2 !JSONParserErr: Unknown value type"},
        {R"({"a":1,"b":[{"c":2})", "a=1 !JSONParserErr: " + array},
    };
    for (const auto& [line, expected] : cases)
        EXPECT_EQ(with_details("json", line), expected) << line;
}

TEST(JsonStage, IsLenientWhereLokiIs) {
    EXPECT_EQ(parsed("json", " \t\r\n{\"a\" : 1 , \"b\":[1 , 2],}  rest"), "a=1");
    EXPECT_EQ(parsed("json", R"({"a":007,"b":-,"c":1e})"), "a=007 b=- c=1e");
}

TEST(JsonStage, StopsOnceEverythingWantedIsThere) {
    const std::string line = R"({"a":1,"o":{"b":2},"c":broken)";
    EXPECT_EQ(parsed("json", line, wanting({"a"})), "a=1");
    EXPECT_EQ(parsed("json", line, wanting({"a", "o_b"})), "a=1 o_b=2");
    EXPECT_EQ(parsed("json", line, wanting({"a", "z"})), "a=1 !JSONParserErr");
    // Who reads errors reads the whole line.
    EXPECT_EQ(parsed("json", line, wanting({"__error__", "a"})), "a=1 !JSONParserErr");
    EXPECT_EQ(parsed("json", "broken", wanting({})), "");
}

TEST(JsonStage, WhatEarlierStagesFoundCountsAsThere) {
    LabelRow row(R"({"b":1,"c":broken)");
    row.set_parsed("a", "1");
    run_stages("json", row, wanting({"a", "b"}));
    EXPECT_EQ(show(row), "a=1 b=1");
}

TEST(JsonStage, WantedNamesMayComeFromOddKeysAndClashes) {
    const std::string line = R"({" pad":1,"9x":2,"a-b":3,"é":4,"a\u005fc":5,"app":6})";
    LabelRow row(line, {{"app", "stream"}});
    run_stages("json", row,
               wanting({"_", "_9x", "a_b", "a_c", "app_extracted", "pad", "__error__"}));
    EXPECT_EQ(show(row), "_=4 _9x=2 a_b=3 a_c=5 app_extracted=6 pad=1");
    LabelRow other(line, {{"app", "stream"}});
    run_stages("json", other, wanting({"app"}));
    EXPECT_EQ(show(other), "");
}

TEST(JsonStage, DeepNestingIsLeftOut) {
    std::string line = "{\"top\":1,";
    for (int i = 0; i < 5000; ++i) line += "\"d\":{";
    line += "\"x\":1" + std::string(5000, '}') + "}";
    EXPECT_EQ(parsed("json", line), "top=1");
    EXPECT_EQ(parsed("json", "{\"a\":" + std::string(100000, '{')), "!JSONParserErr");
    EXPECT_EQ(parsed("json", "{\"a\":" + std::string(100000, '[')), "!JSONParserErr");
}

TEST(JsonStage, LabelsOfALineAreBounded) {
    std::string line = "{\"k\":0";
    for (int i = 0; i < 10000; ++i) line += ",\"k" + std::to_string(i) + "\":1";
    LabelRow row(line + "}");
    run_stages("json", row);
    EXPECT_EQ(row.parsed().size(), 4096u);
}

TEST(JsonExtraction, FillsTheListedLabels) {
    const std::string line =
        R"({"a":{"b":[10,{"c":"x\ty"},[1,2]],"n":null,"o":{"p":1}},"k-1":true,"a.b":"dot"})";
    EXPECT_EQ(parsed(R"(json first="a.b[0]", c="a.b[1].c", nn="a.b[2][1]")", line),
              "c=x\ty first=10 nn=2");
    EXPECT_EQ(parsed(R"(json o="a.o", n="a.n", none="a.x", k="[\"k-1\"]", dot="[\"a.b\"]")", line),
              R"(dot=dot k=true n= none= o={"p":1})");
    EXPECT_EQ(parsed(R"(json l="a.b")", line), "l=[10,{\"c\":\"x\ty\"},[1,2]]");
    EXPECT_EQ(parsed("json a", R"({"a":"bare"})"), "a=bare");
    EXPECT_EQ(parsed(R"(json x="[1]", y="[0].k")", R"([{"k":7},8])"), "x=8 y=7");
}

TEST(JsonExtraction, TheFirstOfRepeatedKeysCounts) {
    EXPECT_EQ(parsed(R"(json x="a.b", y="a")", R"({"a":1,"a":{"b":2}})"), "x=2 y=1");
    EXPECT_EQ(parsed(R"(json x="k")", R"({"o":{"k":0},"k":1,"k":2})"), "x=1");
    EXPECT_EQ(parsed(R"(json x="k", y="k")", R"({"k":1})"), "x=1 y=1");
}

TEST(JsonExtraction, SeesOnlyTheDamageOnItsWay) {
    EXPECT_EQ(parsed(R"(json a="a")", R"({"a":1,"b":oops)"), "a=1");
    EXPECT_EQ(with_details(R"(json a="a", b="b")", R"({"a":1,"b":oops})"),
              "a=1 b= !JSONParserErr: Unknown value type");
    EXPECT_EQ(parsed(R"(json z="z")", R"({"a":1,"b":oops)"), "z=");
    EXPECT_EQ(parsed(R"(json a="a")", "oops"), "!JSONParserErr");
    EXPECT_EQ(parsed(R"(json a="a")", " {\"a\":1}"), "!JSONParserErr");
    EXPECT_EQ(parsed(R"(json a="a")", ""), "");
    EXPECT_EQ(parsed(R"(json a="a")", "[1]"), "a=");
}

TEST(JsonExtraction, ReplacesParsedLabelsAndAvoidsOthers) {
    LabelRow row(R"({"x":"in"})", {{"app", "a"}});
    row.set_parsed("p", "old");
    run_stages(R"(json app="x", p="x")", row);
    EXPECT_EQ(show(row), "app_extracted=in p=in");
    LabelRow other(R"({"y":"in"})", {{"app", "a"}});
    run_stages(R"(json app="x", p="x")", other);
    EXPECT_EQ(show(other), "p=");
}

TEST(JsonExtraction, MayHaveManyPaths) {
    std::string stage = "json k0=\"k0\"";
    std::string line = "{\"k0\":0";
    std::string expected;
    for (int i = 1; i < 150; ++i) {
        const std::string k = "k" + std::to_string(i);
        stage += ", " + k + "=\"" + k + "\"";
        line += ",\"" + k + "\":" + std::to_string(i);
    }
    LabelRow row(line + "}");
    run_stages(stage, row);
    ASSERT_EQ(row.parsed().size(), 150u);
    for (const auto& [name, value] : row.parsed()) EXPECT_EQ(name, "k" + value);
}

TEST(UnpackStage, PutsTheEntryBack) {
    LabelRow row(
        R"({"pod":"p","a-b":"1","app":"in","n":5,"_entry":"the \"line\"","k":"1","k":"2"})",
        {{"app", "a"}});
    run_stages("unpack", row);
    EXPECT_EQ(row.line(), "the \"line\"");
    EXPECT_EQ(show(row), "a_b=1 app_extracted=in k=2 pod=p");
}

TEST(UnpackStage, WithoutAnEntryNothingChanges) {
    for (const std::string line : {R"({"pod":"p"})", R"({"_entry":5,"x":"y"})", ""}) {
        LabelRow row(line);
        run_stages("unpack", row);
        EXPECT_EQ(row.line(), line);
        EXPECT_EQ(show(row), "") << line;
    }
}

TEST(UnpackStage, OtherLinesAreErrors) {
    EXPECT_EQ(with_details("unpack", "text"),
              "!JSONParserErr: expecting json object(6), but it is not");
    EXPECT_EQ(with_details("unpack", " {}"),
              "!JSONParserErr: expecting json object(6), but it is not");
    LabelRow row(R"({"x":"y","_entry":"z",)");
    run_stages("unpack", row);
    EXPECT_EQ(row.line(), R"({"x":"y","_entry":"z",)");
    EXPECT_EQ(show(row), "!JSONParserErr");
}

std::string random_json(std::mt19937& random, int depth) {
    static const std::vector<std::string> kKeys = {"a",   "b", "a_b", "app", "9",
                                                   "x-y", "é", " p ", "",    "a\\u0062"};
    static const std::vector<std::string> kValues = {"1",
                                                     "\"s\"",
                                                     "true",
                                                     "null",
                                                     "\"\\u00e9\\n\"",
                                                     "[1,{\"a\":2}]",
                                                     "oops",
                                                     "\"\"",
                                                     "-0.5e3",
                                                     "\"x\xEF\xBF\xBDy\""};
    std::string out = "{";
    for (unsigned i = random() % 6; i > 0; --i) {
        out += "\"" + kKeys[random() % kKeys.size()] + "\"" + (random() % 9 == 0 ? " : " : ":");
        const bool nested = depth < 3 && random() % 3 == 0;
        out += nested ? random_json(random, depth + 1) : kValues[random() % kValues.size()];
        if (i > 1 || random() % 8 == 0) out += ",";
    }
    return random() % 30 == 0 ? out : out + "}";
}

/// Labels that somebody reads have the value that they have when everything is read. Of damaged
/// lines more may be found, because objects that nobody asks for are skipped with the damage in
/// them.
TEST(JsonStage, LessWantedGivesTheSameValues) {
    std::mt19937 random(7);
    const std::vector<std::string> names = {"a", "a_b", "app", "app_extracted", "_9", "x_y", "_",
                                            "p", "ab",  "b_a"};
    for (int i = 0; i < 20000; ++i) {
        const std::string line = random_json(random, 0);
        std::vector<std::string> some;
        for (const std::string& name : names) {
            if (random() % 3 == 0) some.push_back(name);
        }
        const WantedLabels wanted = wanting(some);
        LabelRow all(line, {{"app", "stream"}});
        LabelRow few(line, {{"app", "stream"}});
        run_stages("json", all);
        run_stages("json", few, wanted);
        for (const auto& [name, value] : few.parsed()) {
            ASSERT_TRUE(wanted.contains(name)) << name << " " << line;
            if (all.has_error() && !all.parsed().contains(name)) continue;
            const auto found = all.parsed().find(name);
            ASSERT_TRUE(found != all.parsed().end()) << name << " " << line;
            ASSERT_EQ(found->second, value) << name << " " << line;
        }
        for (const auto& [name, value] : all.parsed()) {
            if (!wanted.contains(name)) continue;
            ASSERT_TRUE(few.parsed().contains(name)) << name << " " << line;
        }
    }
}

}  // namespace
}  // namespace skald::read
