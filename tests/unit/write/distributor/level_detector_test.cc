// SPDX-License-Identifier: Apache-2.0
//
// Goal: levels come from where Loki takes them, in its order. The expected levels are recorded
// answers of Loki 3.7.
#include "level_detector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::write {
namespace {

const LevelDetector& detector() {
    static const LevelDetector with_defaults{Limits{}};
    return with_defaults;
}

struct LineCase {
    std::string line;
    std::string level;
};
void PrintTo(const LineCase& c, std::ostream* out) {
    *out << c.line;
}

class LevelOfLine : public testing::TestWithParam<LineCase> {};

TEST_P(LevelOfLine, IsAsLokiFindsIt) {
    EXPECT_EQ(detector().from_line(GetParam().line), GetParam().level);
}

INSTANTIATE_TEST_SUITE_P(Text, LevelOfLine,
                         testing::Values(LineCase{"", "unknown"},
                                         LineCase{"nothing to see", "unknown"},
                                         LineCase{"2026-11-01T00:00:00Z INFO starting", "info"},
                                         LineCase{"<3>syslog error", "error"},
                                         LineCase{"dbg", "unknown"},
                                         LineCase{"panic: oops", "unknown"},
                                         LineCase{"I1101 0:0 main.go:1] x", "unknown"}));

INSTANTIATE_TEST_SUITE_P(
    Logfmt, LevelOfLine,
    testing::Values(
        LineCase{"level=ERROR msg=x", "error"}, LineCase{"lvl=wrn", "warn"},
        LineCase{"severity=critical msg=y", "critical"}, LineCase{"LEVEL=debug z", "debug"},
        LineCase{"Level=Trc z", "trace"}, LineCase{"log.level=inf x=1", "info"},
        LineCase{"level=information", "info"}, LineCase{"level=notice", "unknown"},
        LineCase{"level=notice msg=error", "error"}, LineCase{"level= msg=error", "error"},
        LineCase{"level=30 msg=x", "unknown"}, LineCase{"severity_text=WARN", "warn"},
        LineCase{"level=\"warn\" msg=\"error\"", "warn"}, LineCase{"loglevel=dbg", "unknown"},
        LineCase{"msg=\"level=error\"", "error"}, LineCase{"level=error level=info", "error"},
        LineCase{"msg=info level=wrn severity=error", "warn"},
        LineCase{"severity=dbg a=b level=wrn", "warn"}, LineCase{"a=b c=d", "unknown"},
        LineCase{"error=false", "error"}, LineCase{"status=500 error=true", "error"},
        // What comes behind a mistake is not read as fields.
        LineCase{"a \"b\" level=wrn info", "info"}, LineCase{"a=b=c level=wrn", "unknown"},
        LineCase{"\xFF=1 level=wrn", "unknown"}, LineCase{"m=\"never closed level=wrn", "unknown"},
        LineCase{"m=\"a \\\" b\" level=wrn", "warn"}, LineCase{"= level=wrn", "unknown"},
        LineCase{"level wrn level=dbg", "unknown"}));

INSTANTIATE_TEST_SUITE_P(
    Json, LevelOfLine,
    testing::Values(
        LineCase{R"({"level":"info","msg":"error"})", "info"},
        LineCase{R"({"msg":"error","severity":"WRN"})", "warn"},
        LineCase{R"({"log":{"level":"dbg"}})", "debug"},
        LineCase{R"({"a":{"b":{"level":"dbg"}}})", "unknown"},
        LineCase{R"({"a":{"b":{"level":"error"}}})", "error"},
        LineCase{R"({"log.level":"trc"})", "trace"}, LineCase{R"({"level":30})", "unknown"},
        LineCase{R"({"level":"weird"})", "unknown"},
        LineCase{R"({"level":"weird","msg":"an error"})", "error"},
        LineCase{R"({"level":"weird","lvl":"dbg"})", "unknown"},
        LineCase{R"({"level":null,"m":"fatal"})", "fatal"},
        LineCase{R"({"level":30,"lvl":"wrn"})", "warn"}, LineCase{R"({"LeVeL":"wrn"})", "unknown"},
        LineCase{"  {\"level\":\"wrn\"} \n", "warn"}, LineCase{R"({"level":"inf")", "unknown"},
        LineCase{R"({"level":"info"} extra)", "info"},
        LineCase{R"({ "a" : [ {"level":"err"}, "]" , 1.5e3 ] , "lvl" : "wrn" })", "warn"},
        LineCase{R"({"a":{"x":{"y":["}"]}},"lvl":"wrn"})", "warn"},
        LineCase{R"({"a":{},"b":{"c":1},"lvl":"wrn"})", "warn"},
        LineCase{R"({"a":"\"}","b":"\\","lvl":"wrn"})", "warn"},
        LineCase{R"({"a" 1,"lvl":"wrn"})", "unknown"}, LineCase{R"({"a":,"lvl":"wrn"})", "unknown"},
        LineCase{R"({a:1,"lvl":"wrn"})", "unknown"},
        LineCase{R"({"lvl":"wrn)"
                 "}",
                 "unknown"},
        LineCase{R"({"a":{"b":1}}},"lvl":"wrn"})", "unknown"}, LineCase{"{}", "unknown"},
        LineCase{"{", "unknown"}, LineCase{"{\"lvl\"}", "unknown"}));

TEST(LevelDetector, FindsAFieldAtAnyPlaceOfALineOfAnyLength) {
    const std::string field = " lvl=wrn";
    for (std::size_t before = 0; before < 100; ++before) {
        for (std::size_t behind = 0; behind < 70; ++behind) {
            std::string line = std::string(before, 'x') + field;
            if (behind > 0) line += " " + std::string(behind - 1, 'y');
            ASSERT_EQ(detector().from_line(line), "warn") << line;
            line[before + 1] = 'k';
            ASSERT_EQ(detector().from_line(line), "unknown") << line;
        }
    }
}

TEST(LevelDetector, ReadsDeeperObjectsIfTold) {
    Limits limits;
    limits.log_level_from_json_max_depth = 3;
    const LevelDetector deeper(limits);
    limits.log_level_from_json_max_depth = 0;
    const LevelDetector endless(limits);
    limits.log_level_from_json_max_depth = 1;
    const LevelDetector flat(limits);

    EXPECT_EQ(deeper.from_line(R"({"a":{"b":{"lvl":"dbg"}}})"), "debug");
    EXPECT_EQ(deeper.from_line(R"({"a":{"b":{"c":{"lvl":"dbg"}}}})"), "unknown");
    EXPECT_EQ(endless.from_line(R"({"a":{"b":{"c":{"lvl":"dbg"}}}})"), "debug");
    EXPECT_EQ(flat.from_line(R"({"a":{"lvl":"dbg"}})"), "unknown");
    EXPECT_EQ(flat.from_line(R"({"a":{"lvl":"dbg"},"lvl":"wrn"})"), "warn");
}

TEST(LevelDetector, AsksTheFieldsThatTheTenantNames) {
    Limits limits;
    limits.log_level_fields = {"Stufe", "niveau\xC3\xA9"};
    const LevelDetector foreign(limits);
    limits.log_level_fields.clear();
    const LevelDetector none(limits);

    EXPECT_EQ(foreign.from_line("STUFE=wrn level=dbg"), "warn");
    EXPECT_EQ(foreign.from_line("niveau\xC3\xA9=wrn"), "warn");
    EXPECT_EQ(foreign.from_line(R"({"Stufe":"wrn"})"), "warn");
    EXPECT_EQ(foreign.from_line(R"({"stufe":"wrn"})"), "unknown");
    EXPECT_EQ(none.from_line("level=wrn a error"), "error");
}

TEST(LevelDetector, TakesTheFirstLabelOfItsList) {
    const auto from = [](std::vector<Labels::Pair> pairs) {
        return std::string(detector().from_labels(Labels::from_pairs(std::move(pairs))));
    };

    EXPECT_EQ(from({{"app", "x"}}), "");
    EXPECT_EQ(from({{"level", "Warning"}}), "warn");
    EXPECT_EQ(from({{"level", "custom"}}), "custom");
    EXPECT_EQ(from({{"severity", "CRITICAL"}, {"lvl", "dbg"}}), "critical");
    EXPECT_EQ(from({{"LEVEL", "trc"}, {"severity", "x"}}), "trace");
    EXPECT_EQ(from({{"loglevel", "error"}}), "");
    EXPECT_EQ(from({{"detected_level", "warn"}}), "");
}

TEST(LevelDetector, ReadsSeverityNumbersOfMetadata) {
    const auto of_number = [](std::string_view number) {
        const std::vector<LabelView> pairs = {{"severity_number", number}};
        return std::string(detector().from_metadata(pairs));
    };

    EXPECT_EQ(of_number("0"), "unknown");
    EXPECT_EQ(of_number("1"), "trace");
    EXPECT_EQ(of_number("4"), "trace");
    EXPECT_EQ(of_number("5"), "debug");
    EXPECT_EQ(of_number("9"), "info");
    EXPECT_EQ(of_number("13"), "warn");
    EXPECT_EQ(of_number("17"), "error");
    EXPECT_EQ(of_number("24"), "fatal");
    EXPECT_EQ(of_number("25"), "unknown");
    EXPECT_EQ(of_number("abc"), "info");
}

TEST(LevelDetector, PrefersNamedMetadataToSeverityNumbers) {
    const std::vector<LabelView> both = {{"severity_number", "21"}, {"severity_text", "INFO"}};
    const std::vector<LabelView> two = {{"SeverityText", "trace"}, {"lvl", "inf"}, {"x", "y"}};
    const std::vector<LabelView> odd = {{"level", "Odd"}};
    const std::vector<LabelView> none = {{"x", "error"}};

    EXPECT_EQ(detector().from_metadata(both), "info");
    EXPECT_EQ(detector().from_metadata(two), "trace");
    EXPECT_EQ(detector().from_metadata(odd), "Odd");
    EXPECT_EQ(detector().from_metadata(none), "");
}

}  // namespace
}  // namespace skald::write
