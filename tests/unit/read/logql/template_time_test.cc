// SPDX-License-Identifier: Apache-2.0
#include "template_time.h"

#include "support/template_row.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t kMarch = 1772712030;  // 2026-03-05T12:00:30Z, a Thursday.

std::string utc(std::string_view layout, std::int64_t seconds = kMarch,
                std::int32_t nanos = 120'300'000) {
    return format_time(GoTime{seconds, nanos, {}}, layout);
}

std::string in_zone(std::string_view name, std::int64_t seconds) {
    const auto zone = load_zone(name);
    if (!zone) return "no zone";
    return format_time(GoTime{seconds, 0, *zone}, "2006-01-02 15:04:05 -0700 MST");
}

/// In UTC, or "" if the text does not match.
std::string parsed(std::string_view layout, std::string_view text, std::string_view zone = "UTC") {
    std::string name;
    const auto time = parse_time(layout, text, *load_zone(zone), name);
    return time ? format_time(time->in({}), "2006-01-02 15:04:05.999999999") : "";
}

TEST(TemplateTime, LayoutsAreFilledIn) {
    EXPECT_EQ(utc("2006-01-02T15:04:05Z07:00"), "2026-03-05T12:00:30Z");
    EXPECT_EQ(utc("Mon Jan _2 15:04:05 MST 06"), "Thu Mar  5 12:00:30 UTC 26");
    EXPECT_EQ(utc("Monday January 2 1 01 02 __2 002"), "Thursday March 5 3 03 05  64 064");
    EXPECT_EQ(utc("3 03 4 04 5 05 PM pm"), "12 12 0 00 30 30 PM pm");
    EXPECT_EQ(utc(".000 .000000 .999 .9 ,000", kMarch), ".120 .120300 .12 .1 ,120");
    EXPECT_EQ(utc("05.999|05.000", kMarch, 0), "30|30.000");
    EXPECT_EQ(utc("-0700 -07:00 -07 -070000 -07:00:00 Z0700 Z07"),
              "+0000 +00:00 +00 +000000 +00:00:00 Z Z");
    EXPECT_EQ(utc("_2006 Janet Month Mono plain"), "_2026 Janet Month Mono plain");
    EXPECT_EQ(utc("2006-01-02", kGoZeroSeconds), "0001-01-01");
    EXPECT_EQ(format_time(GoTime{kGoZeroSeconds, 0, {}}), "0001-01-01 00:00:00 +0000 UTC");
    EXPECT_EQ(format_time(GoTime{0, 500, {nullptr, -5400, ""}}),
              "1969-12-31 22:30:00.0000005 -0130 -0130");
}

TEST(TemplateTime, ZonesFollowTheirRules) {
    EXPECT_EQ(in_zone("Europe/Berlin", kMarch), "2026-03-05 13:00:30 +0100 CET");
    EXPECT_EQ(in_zone("Europe/Berlin", 1782907200), "2026-07-01 14:00:00 +0200 CEST");
    // The second before and after the clocks change.
    EXPECT_EQ(in_zone("America/New_York", 1793512799), "2026-11-01 01:59:59 -0400 EDT");
    EXPECT_EQ(in_zone("America/New_York", 1793512800), "2026-11-01 01:00:00 -0500 EST");
    EXPECT_EQ(in_zone("Asia/Kolkata", kMarch), "2026-03-05 17:30:30 +0530 IST");
    // Later than what files list: the rule in their footer counts.
    EXPECT_EQ(in_zone("Europe/Berlin", 4118047200), "2100-06-30 16:00:00 +0200 CEST");
    EXPECT_EQ(in_zone("Australia/Sydney", 4102444800), "2100-01-01 11:00:00 +1100 AEDT");
    EXPECT_EQ(in_zone("UTC", kMarch), in_zone("", kMarch));
}

TEST(TemplateTime, OnlyNamesOfTheDatabaseAreZones) {
    for (const std::string_view name :
         {"Nowhere/None"sv, "../../../etc/passwd"sv, "/etc/localtime"sv, "Europe"sv, "tzdata.zi"sv,
          "Europe/Berlin\0x"sv, "a b"sv}) {
        EXPECT_FALSE(load_zone(name)) << name;
    }
    EXPECT_FALSE(load_zone(std::string(10000, 'a')));
    EXPECT_EQ(TimeZone::find("Europe/Berlin"), TimeZone::find("Europe/Berlin"));
}

TEST(TemplateTime, DamagedZoneFilesAreRefused) {
    // One kind, no changes, and a footer.
    std::string file = "TZif2" + std::string(15, '\0');
    const std::string counts("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4", 24);
    const std::string body("\0\0\x0E\x10\0\0CET\0", 10);
    file += counts + body + "TZif2" + std::string(15, '\0') + counts + body +
            "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
    const auto zone = TimeZone::parse(file);
    ASSERT_NE(zone, nullptr);
    EXPECT_EQ(zone->at(1782907200).offset, 7200);
    EXPECT_EQ(zone->at(kMarch).name, "CET");
    for (std::size_t length = 0; length < 100; ++length) TimeZone::parse(file.substr(0, length));
    std::mt19937 random(7);
    for (int i = 0; i < 20000; ++i) {
        std::string damaged = file;
        damaged[random() % damaged.size()] = static_cast<char>(random());
        const auto other = TimeZone::parse(damaged);
        if (other == nullptr) continue;
        for (const std::int64_t at :
             {std::int64_t{-1} << 54, std::int64_t{0}, kMarch, std::int64_t{1} << 54}) {
            EXPECT_LE(std::abs(other->at(at).offset), 7 * 86400);
        }
    }
}

TEST(TemplateTime, TextsAreReadByLayout) {
    EXPECT_EQ(parsed("2006-01-02", "2021-11-02"), "2021-11-02 00:00:00");
    EXPECT_EQ(parsed("2006-01-02T15:04:05Z07:00", "1999-12-31T23:59:59+02:00"),
              "1999-12-31 21:59:59");
    EXPECT_EQ(parsed("02/Jan/2006:15:04:05 -0700", "10/Oct/2000:13:55:36 -0700"),
              "2000-10-10 20:55:36");
    EXPECT_EQ(parsed("Mon Jan _2 15:04:05 2006", "tue nov  2 01:02:03 2021"),
              "2021-11-02 01:02:03");
    EXPECT_EQ(parsed("2006-01-02 15:04:05", "2021-11-02 10:00:00.1234"),
              "2021-11-02 10:00:00.1234");
    EXPECT_EQ(parsed("2006-01-02 15:04:05.000", "2021-11-02 10:00:00.123"),
              "2021-11-02 10:00:00.123");
    EXPECT_EQ(parsed("3:04PM", "11:30PM"), "0000-01-01 23:30:00");
    EXPECT_EQ(parsed("3:04pm", "12:30am"), "0000-01-01 00:30:00");
    EXPECT_EQ(parsed("06 2006", "69 2021"), "2021-01-01 00:00:00");
    EXPECT_EQ(parsed("2006-002", "2024-366"), "2024-12-31 00:00:00");
    EXPECT_EQ(parsed("2006-01-02 MST", "2021-07-01 CEST", "Europe/Berlin"), "2021-06-30 22:00:00");
    EXPECT_EQ(parsed("2006-01-02 15:04 MST", "2021-07-01 10:00 GMT+3"), "2021-07-01 07:00:00");
    EXPECT_EQ(parsed("2006-01-02 15:04:05", "2026-11-01 10:20:30", "America/New_York"),
              "2026-11-01 15:20:30");
    EXPECT_EQ(parsed("2006-01-02 15:04:05", "2026-07-01 10:20:30", "America/New_York"),
              "2026-07-01 14:20:30");
}

TEST(TemplateTime, TextsThatDoNotFitAreRefused) {
    EXPECT_EQ(parsed("2006-01-02", "2021-02-29"), "");
    EXPECT_EQ(parsed("2006-01-02", "2021-13-01"), "");
    EXPECT_EQ(parsed("2006-01-02", "2021-1-1"), "");
    EXPECT_EQ(parsed("2006-01-02", "2021-01-01x"), "");
    EXPECT_EQ(parsed("2006-01-02", ""), "");
    EXPECT_EQ(parsed("15:04:05", "24:00:00"), "");
    EXPECT_EQ(parsed("2006-002", "2023-366"), "");
    EXPECT_EQ(parsed("15:04 -0700", "10:00 +2500"), "");
    EXPECT_EQ(parsed("15:04 MST", "10:00 x"), "");
}

TEST(TemplateTime, WhatIsFormattedReadsBack) {
    std::mt19937_64 random(42);
    std::uniform_int_distribution<std::int64_t> seconds(kGoZeroSeconds, 253402300799);
    for (const char* name :
         {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"}) {
        const ZoneOfTime zone = *load_zone(name);
        for (int i = 0; i < 2000; ++i) {
            const GoTime time{seconds(random), static_cast<std::int32_t>(random() % 1'000'000'000),
                              zone};
            constexpr std::string_view kLayout = "2006-01-02T15:04:05.999999999-07:00:00";
            std::string storage;
            const auto back = parse_time(kLayout, format_time(time, kLayout), zone, storage);
            ASSERT_TRUE(back) << format_time(time, kLayout);
            EXPECT_EQ(back->seconds, time.seconds);
            EXPECT_EQ(back->nanos, time.nanos);
        }
    }
}

TEST(TemplateTime, FunctionsOfTimes) {
    const TemplateRow row({{"iso", "1999-12-31T23:59:59+02:00"}, {"d", "2026-11-01 10:20:30"}});
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"__timestamp__.UTC.Format \"2006-01-02T15:04:05Z07:00\"", "2026-11-01T00:00:01Z"},
        {"__timestamp__ | unixEpoch", "1793491201"},
        {"unixEpochMillis __timestamp__", "1793491201000"},
        {"unixEpochNanos __timestamp__", "1793491201000000000"},
        {"(unixToTime \"20758\").UTC.Format \"2006-01-02\"", "2026-11-01"},
        {"(unixToTime \"1793491205123\").UTC.Format \"15:04:05.000\"", "00:00:05.123"},
        {"(unixToTime \"1793491205123456\").UTC.Format \"15:04:05.000000\"", "00:00:05.123456"},
        {"(unixToTime \"1793491205123456789\").UTC.Format \"15:04:05.000000000\"",
         "00:00:05.123456789"},
        {"toDateInZone \"2006-01-02 15:04:05\" \"America/New_York\" .d | unixEpoch", "1793546430"},
        {"toDateInZone \"2006-01-02 15:04:05\" \"No/Such\" .d | unixEpoch", "1793528430"},
        {"toDate \"2006-01-02T15:04:05Z07:00\" .iso | unixEpoch", "946677599"},
        {"toDateInZone \"2006\" \"UTC\" \"bad\" | unixEpoch", "-62135596800"},
        {"toDateInZone \"2006\" \"UTC\" \"2026\"", "2026-01-01 00:00:00 +0000 UTC"},
        {"date \"2006\" 1793491201", "2026"},
        {"len (now | unixEpoch)", "10"},
        {"__timestamp__.UTC.Year", "2026"},
        {"__timestamp__.UTC.Month", "November"},
        {"__timestamp__.UTC.Month | printf \"%d\"", "11"},
        {"__timestamp__.UTC.Weekday", "Sunday"},
        {"__timestamp__.UTC.YearDay", "305"},
        {"(__timestamp__.Add 3600000000000).Unix", "1793494801"},
        {"(__timestamp__.Add 3600000000000).Sub __timestamp__", "1h0m0s"},
        {"((__timestamp__.Add 90000000000).Sub __timestamp__).Minutes", "1.5"},
        {"(__timestamp__.UTC.AddDate 0 1 -1).Format \"2006-01-02\"", "2026-11-30"},
        {"(__timestamp__.Truncate 3600000000000).UnixMilli", "1793491200000"},
        {"__timestamp__.Before (unixToTime \"1793491202\")", "true"},
        {"__timestamp__.After __timestamp__", "false"},
        {"__timestamp__.IsZero", "false"},
        {"eq __timestamp__ __timestamp__", "true"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(render("{{" + text + "}}", row), expected) << text;
    }
    EXPECT_NE(
        render("{{unixToTime \"x\"}}", row)
            .find("unable to parse time 'x': strconv.ParseInt: parsing \"x\": invalid syntax"),
        std::string::npos);
    EXPECT_NE(render("{{unixToTime \"0\"}}", row).find("unable to parse time '0'"),
              std::string::npos);
    EXPECT_NE(
        render("{{__timestamp__.Foo}}", row).find("can't evaluate field Foo in type time.Time"),
        std::string::npos);
    EXPECT_NE(render("{{__timestamp__.Format}}", row)
                  .find("wrong number of args for Format: want 1 got 0"),
              std::string::npos);
}

TEST(TemplateTime, FarTimesDoNotOverflow) {
    const TemplateRow row({});
    EXPECT_NE(
        render("{{date \"2006\" 9223372036854775807}} {{date \"2006\" -9223372036854775808}}", row)
            .find(" -"),
        std::string::npos);
    EXPECT_EQ(render("{{(toDateInZone \"2006\" \"UTC\" \"x\").UnixNano}}", row),
              "-6795364578871345152");
}

}  // namespace
}  // namespace skald::read
