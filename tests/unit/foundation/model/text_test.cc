// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace skald {
namespace {

TEST(GoQuote, EscapesAsStrconvDoes) {
    EXPECT_EQ(go_quote("plain é 😀"), "\"plain é 😀\"");
    EXPECT_EQ(go_quote("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
    EXPECT_EQ(go_quote(std::string_view("\0\x1f\x7f", 3)), R"("\x00\x1f\x7f")");
    EXPECT_EQ(go_quote("\xff\xc0z"), R"("\xff\xc0z")");
    EXPECT_EQ(go_quote("\u2028\ufeff"), R"("\u2028\ufeff")");
}

TEST(FormatFloat, NeverUsesAnExponent) {
    EXPECT_EQ(format_float(0), "0");
    EXPECT_EQ(format_float(-0.0), "-0");
    EXPECT_EQ(format_float(1.5), "1.5");
    EXPECT_EQ(format_float(-12345.678), "-12345.678");
    EXPECT_EQ(format_float(0.0001), "0.0001");
    EXPECT_EQ(format_float(1e-7), "0.0000001");
    EXPECT_EQ(format_float(1e21), "1000000000000000000000");
    EXPECT_EQ(format_float(123456789012345680.0), "123456789012345680");
    EXPECT_EQ(format_float(std::nan("")), "NaN");
    EXPECT_EQ(format_float(std::numeric_limits<double>::infinity()), "+Inf");
    EXPECT_EQ(format_float(-std::numeric_limits<double>::infinity()), "-Inf");
}

TEST(FormatFloat, ReadsBackAsTheSameNumber) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        const double value =
            std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 150);
        const auto parsed = parse_float(format_float(value));
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, value);
    }
}

TEST(ParseFloat, TakesWhatGoTakes) {
    EXPECT_EQ(*parse_float("1e3"), 1000);
    EXPECT_EQ(*parse_float("+.5"), 0.5);
    EXPECT_EQ(*parse_float("-2."), -2);
    EXPECT_EQ(*parse_float("0x1p4"), 16);
    EXPECT_EQ(*parse_float("1_000"), 1000);
    EXPECT_TRUE(std::isnan(*parse_float("NaN")));
    EXPECT_EQ(*parse_float("-Infinity"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(*parse_float("1e-400"), 0);
    for (const char* bad : {"", "x", "1x", "0x10", "1 ", " 1", "--1", "+-1", "_1", "1_", "+nan"})
        EXPECT_FALSE(parse_float(bad)) << bad;
    EXPECT_EQ(parse_float("abc").error().message,
              "strconv.ParseFloat: parsing \"abc\": invalid syntax");
    EXPECT_EQ(parse_float("1e999").error().message,
              "strconv.ParseFloat: parsing \"1e999\": value out of range");
}

TEST(ParseInt, NamesGosFunctionInItsErrors) {
    EXPECT_EQ(*parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(*parse_int("+7"), 7);
    EXPECT_EQ(parse_int("abc").error().message,
              "strconv.ParseInt: parsing \"abc\": invalid syntax");
    EXPECT_EQ(parse_int("9223372036854775808").error().message,
              "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
    EXPECT_FALSE(parse_int("+-1"));
    EXPECT_FALSE(parse_int(""));
}

TEST(Sizes, HumanizeIsDecimalAndConfigurationIsBinary) {
    EXPECT_EQ(*parse_humanized_bytes("5MB"), 5'000'000U);
    EXPECT_EQ(*parse_humanized_bytes("5MiB"), 5U << 20);
    EXPECT_EQ(*parse_humanized_bytes("1.5 kB"), 1500U);
    EXPECT_EQ(*parse_humanized_bytes("2Ki"), 2048U);
    EXPECT_EQ(*parse_humanized_bytes("42"), 42U);
    EXPECT_FALSE(parse_humanized_bytes("5XB"));
    EXPECT_FALSE(parse_humanized_bytes("MB"));
    EXPECT_EQ(parse_humanized_bytes("-5").error().message,
              "strconv.ParseFloat: parsing \"\": invalid syntax");
    EXPECT_EQ(parse_humanized_bytes("1,000.5.5 MB").error().message,
              "strconv.ParseFloat: parsing \"1000.5.5\": invalid syntax");
    EXPECT_EQ(*parse_byte_size("256KB"), 262144U);
    EXPECT_EQ(*parse_byte_size("4MiB"), 4U << 20);
    EXPECT_FALSE(parse_byte_size("4 apples"));
    EXPECT_EQ(format_byte_size(262144), "256KB");
    EXPECT_EQ(format_byte_size(0), "0B");
    EXPECT_EQ(format_byte_size(1536), "1.5KB");
}

TEST(JsonEscape, IsSafeInsideHtml) {
    std::string out;
    append_json_escaped(out, std::string_view("<a>&\"\\\n\0\xff é\u2028", 15));
    EXPECT_EQ(out, R"(\u003ca\u003e\u0026\"\\\n\u0000\ufffd é\u2028)");
}

TEST(Utf8, TellsGoodFromBad) {
    EXPECT_TRUE(is_valid_utf8("plain ascii and é and 😀"));
    for (const char* bad :
         {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "abcdefgh\xff"})
        EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_EQ(to_valid_utf8("a\xff\xfe z"), "a\uFFFD\uFFFD z");
}

TEST(NormalizeLabelName, FollowsTheOtlpRule) {
    EXPECT_EQ(*normalize_label_name("http.request..id"), "http_request_id");
    EXPECT_EQ(*normalize_label_name("a__b"), "a_b");
    EXPECT_EQ(*normalize_label_name("_x"), "_x");
    EXPECT_EQ(*normalize_label_name("x-"), "x_");
    EXPECT_EQ(*normalize_label_name("1st"), "key_1st");
    EXPECT_EQ(*normalize_label_name("__a.b__"), "__a_b__");
    EXPECT_EQ(normalize_label_name("--").error().message,
              "normalization for label name \"--\" resulted in invalid name \"_\"");
    EXPECT_EQ(normalize_label_name("").error().message, "label name is empty");
}

TEST(Durations, PrintAsGoAndPrometheusDo) {
    EXPECT_EQ(format_go_duration(744 * kNanosPerHour), "744h0m0s");
    EXPECT_EQ(format_go_duration(1'500'000'000), "1.5s");
    EXPECT_EQ(format_go_duration(100'000'000), "100ms");
    EXPECT_EQ(format_go_duration(1500), "1.5µs");
    EXPECT_EQ(format_go_duration(0), "0s");
    EXPECT_EQ(format_go_duration(-90 * kNanosPerSecond), "-1m30s");
    EXPECT_EQ(format_prometheus_duration(721 * kNanosPerHour), "30d1h");
    EXPECT_EQ(format_prometheus_duration(14 * kNanosPerDay), "2w");
    EXPECT_EQ(format_prometheus_duration(0), "0s");
}

TEST(Durations, ParseBothDialects) {
    EXPECT_EQ(*parse_go_duration("1h30m"), 90 * kNanosPerMinute);
    EXPECT_EQ(*parse_go_duration("-1.5h"), -90 * kNanosPerMinute);
    EXPECT_EQ(*parse_go_duration("100us"), 100'000);
    EXPECT_EQ(*parse_go_duration("1µs"), 1000);
    EXPECT_EQ(*parse_go_duration(".5s"), 500'000'000);
    EXPECT_EQ(parse_go_duration("x").error().message, "time: invalid duration \"x\"");
    EXPECT_EQ(parse_go_duration("1h10").error().message, "time: missing unit in duration \"1h10\"");
    EXPECT_EQ(parse_go_duration("10d").error().message,
              "time: unknown unit \"d\" in duration \"10d\"");
    for (const char* bad : {"", "-", "1", "1d", ".s", "9999999h"})
        EXPECT_FALSE(parse_go_duration(bad)) << bad;
    EXPECT_EQ(*parse_prometheus_duration("1d12h"), 36 * kNanosPerHour);
    EXPECT_EQ(*parse_prometheus_duration("0"), 0);
    EXPECT_EQ(parse_prometheus_duration("5x").error().message,
              "unknown unit \"x\" in duration \"5x\"");
    EXPECT_EQ(parse_prometheus_duration("").error().message, "empty duration string");
    EXPECT_EQ(parse_prometheus_duration("$__interval").error().message,
              "not a valid duration string: \"$__interval\"");
    for (const char* bad : {"1.5h", "5", "1m1h", "1m1m", "999999999999y"})
        EXPECT_FALSE(parse_prometheus_duration(bad)) << bad;
}

TEST(Times, Rfc3339RoundTrips) {
    EXPECT_EQ(format_rfc3339(1793491200LL * kNanosPerSecond), "2026-11-01T00:00:00Z");
    EXPECT_EQ(format_rfc3339_nano(1793491200LL * kNanosPerSecond + 120),
              "2026-11-01T00:00:00.00000012Z");
    EXPECT_EQ(format_go_time(1793491200LL * kNanosPerSecond + 500'000'000),
              "2026-11-01 00:00:00.5 +0000 UTC");
    EXPECT_EQ(*parse_rfc3339("2018-12-18T08:28:06.801064-04:00"), 1545136086801064000);
    EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59Z");
    EXPECT_EQ(format_rfc3339(kTimeMin), "1677-09-21T00:12:43Z");
    std::mt19937_64 random(3);
    for (int i = 0; i < 2000; ++i) {
        const auto time = static_cast<TimeNs>(random());
        const auto parsed = parse_rfc3339(format_rfc3339_nano(time));
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, time);
    }
    for (const char* bad : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                            "2026-11-01T24:00:00Z", "2026-11-01T00:00:00", "2026-11-01T00:00:00.Z",
                            "2026-11-01 00:00:00Z", "9999-01-01T00:00:00Z"})
        EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(Periods, AreUtcDays) {
    EXPECT_EQ(period_of(0), 0);
    EXPECT_EQ(period_of(-1), -1);
    EXPECT_EQ(period_of(kNanosPerDay - 1), 0);
    EXPECT_EQ(period_of(kNanosPerDay), 1);
}

}  // namespace
}  // namespace skald
