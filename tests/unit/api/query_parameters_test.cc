// SPDX-License-Identifier: Apache-2.0
#include "query_parameters.h"

#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/blocked_query.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::api {
namespace {

constexpr TimeNs kNow = 1'793'500'000'123'456'789;

Form form_of(std::string_view text) {
    Form form;
    EXPECT_OK(form.add(text));
    return form;
}

TEST(QueryParameters, ReadTimesByTheRule) {
    const std::pair<std::string, TimeNs> cases[] = {
        {"1793491200", 1'793'491'200 * kNanosPerSecond},
        {"0", 0},
        {"-5", -5 * kNanosPerSecond},
        {"1793491200000", 1'793'491'200'000},  // Milliseconds are nanoseconds here.
        {"1793491200000000001", 1'793'491'200'000'000'001},
        {"1793491210.001", 1'793'491'210'001 * kNanosPerMilli},
        {"1793491210.0016", 1'793'491'210'002 * kNanosPerMilli},
        {"1.7934912e9", 1'793'491'200 * kNanosPerSecond},
        {"-1.5", -1'500 * kNanosPerMilli},
        {"2026-11-01T00:00:00Z", 1'793'491'200 * kNanosPerSecond},
        {"2026-11-01T00:00:00.5Z", 1'793'491'200'500 * kNanosPerMilli},
        {"9999999999", kTimeMax},
    };
    for (const auto& [text, time] : cases) {
        const auto parsed = parse_timestamp(text);
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, time) << text;
    }
    EXPECT_EQ(*parse_timestamp("1.0e300"), kTimeMax);
    EXPECT_EQ(*parse_timestamp("-1.0e300"), kTimeMin);
}

TEST(QueryParameters, RefuseTimesInGoWords) {
    const auto parsed = parse_timestamp("soon");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, "strconv.ParseInt: parsing \"soon\": invalid syntax");

    const auto range = parse_range(form_of("start=yesterday"), kNow);
    ASSERT_FALSE(range);
    EXPECT_EQ(range.error().message,
              "could not parse 'start' parameter: strconv.ParseInt: parsing \"yesterday\": invalid "
              "syntax");
}

TEST(QueryParameters, DefaultToTheLastHour) {
    const auto range = parse_range(form_of(""), kNow);
    ASSERT_OK(range);
    EXPECT_EQ(range->end, kNow);
    EXPECT_EQ(range->start, kNow - kNanosPerHour);
}

TEST(QueryParameters, ListingsAreAskedForWholeMilliseconds) {
    const auto range =
        parse_listing_range(form_of("start=1793491225271456789&end=1793491225271456789"), kNow);
    ASSERT_OK(range);
    EXPECT_EQ(range->start, 1'793'491'225'271'000'000);
    EXPECT_EQ(range->end, 1'793'491'225'271'999'999);

    const auto old =
        parse_listing_range(form_of("start=-1500000000000001&end=-1500000000000001"), kNow);
    ASSERT_OK(old);
    EXPECT_EQ(old->start, -1'500'000'001'000'000);
    EXPECT_EQ(old->end, -1'500'000'000'000'001);

    const auto first = parse_listing_range(form_of("start=-1.0e300&end=-1.0e300"), kNow);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->start, kTimeMin);
    EXPECT_EQ(first->end, kTimeMin + kNanosPerMilli - 1);
    const auto all = parse_listing_range(form_of("start=-1.0e300&end=1.0e300"), kNow);
    ASSERT_OK(all);
    EXPECT_EQ(all->start, kTimeMin);
    EXPECT_EQ(all->end, kTimeMax);
}

TEST(QueryParameters, ATailHasAStartALimitAndADelay) {
    const auto tail = parse_tail_query(
        form_of("query={a=\"b\"}&start=5&end=7&limit=30&step=0&direction=x&regexp=y"), kNow);
    ASSERT_OK(tail);
    EXPECT_EQ(tail->query, "{a=\"b\"}\n|~ \"y\"");
    EXPECT_EQ(tail->start, 5 * kNanosPerSecond);
    EXPECT_EQ(tail->end, kNow);
    EXPECT_EQ(tail->limit, 30U);

    EXPECT_EQ(*parse_tail_delay(form_of("")), 0);
    EXPECT_EQ(*parse_tail_delay(form_of("delay_for=5")), 5 * kNanosPerSecond);
    for (const char* wrong : {"delay_for=6", "delay_for=-1"})
        EXPECT_EQ(parse_tail_delay(form_of(wrong)).error().message,
                  "delay_for can't be greater than 5");
    EXPECT_EQ(parse_tail_delay(form_of("delay_for=abc")).error().message,
              "strconv.Atoi: parsing \"abc\": invalid syntax");
}

TEST(QueryParameters, CountSinceFromTheEndButNotFromTheFuture) {
    const auto past = parse_range(form_of("end=1793491225&since=20s"), kNow);
    ASSERT_OK(past);
    EXPECT_EQ(past->start, 1'793'491'205 * kNanosPerSecond);

    const auto future = parse_range(form_of("end=1893491225&since=1d"), kNow);
    ASSERT_OK(future);
    EXPECT_EQ(future->start, kNow - kNanosPerDay);

    const auto unused = parse_range(form_of("start=5&since=1d"), kNow);
    ASSERT_OK(unused);
    EXPECT_EQ(unused->start, 5 * kNanosPerSecond);
}

TEST(QueryParameters, ReadStepsAsSecondsOrDurations) {
    const std::pair<std::string, DurationNs> cases[] = {
        {"5", 5 * kNanosPerSecond}, {"0.5", 500 * kNanosPerMilli},   {"60000ms", kNanosPerMinute},
        {"1m", kNanosPerMinute},    {"1h30m", 90 * kNanosPerMinute}, {"1d", kNanosPerDay},
    };
    for (const auto& [text, step] : cases) {
        const auto parsed = parse_seconds_or_duration(text);
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, step) << text;
    }
    for (const std::string text : {"x", "5parsecs", "", "1m1h"}) {
        const auto parsed = parse_seconds_or_duration(text);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().message, "cannot parse \"" + text + "\" to a valid duration");
    }
    for (const std::string text : {"1e300", "NaN", "-1e300"})
        EXPECT_FALSE(parse_seconds_or_duration(text)) << text;
}

TEST(QueryParameters, FillARangeQuery) {
    const auto query =
        parse_range_query(form_of("query=%7Ba%3D%22b%22%7D&start=1793491200&end=1793491225&limit=7&"
                                  "direction=FORWARD&step=5&interval=2"),
                          kNow);
    ASSERT_OK(query);
    EXPECT_EQ(query->query, "{a=\"b\"}");
    EXPECT_FALSE(query->instant);
    EXPECT_EQ(query->start, 1'793'491'200 * kNanosPerSecond);
    EXPECT_EQ(query->end, 1'793'491'225 * kNanosPerSecond);
    EXPECT_EQ(query->limit, 7U);
    EXPECT_EQ(query->direction, read::Direction::kForward);
    EXPECT_EQ(query->step, 5 * kNanosPerSecond);
    EXPECT_EQ(query->interval, 2 * kNanosPerSecond);
}

TEST(QueryParameters, ChooseAStepThatGives250Points) {
    const auto hour = parse_range_query(form_of("start=0&end=3600"), kNow);
    ASSERT_OK(hour);
    EXPECT_EQ(hour->step, 14 * kNanosPerSecond);
    EXPECT_EQ(hour->limit, 100U);
    EXPECT_EQ(hour->direction, read::Direction::kBackward);

    const auto short_one = parse_range_query(form_of("start=0&end=10"), kNow);
    ASSERT_OK(short_one);
    EXPECT_EQ(short_one->step, kNanosPerSecond);
}

TEST(QueryParameters, RefuseInLokisWords) {
    const std::pair<std::string, std::string> cases[] = {
        {"limit=0", "limit must be a positive value"},
        {"limit=-3", "limit must be a positive value"},
        {"limit=x", "strconv.Atoi: parsing \"x\": invalid syntax"},
        {"direction=sideways", "invalid direction 'sideways'"},
        {"start=20&end=10", "end timestamp must not be before or equal to start time"},
        {"end=x",
         "could not parse 'end' parameter: strconv.ParseInt: parsing \"x\": invalid syntax"},
        {"since=x", "could not parse 'since' parameter: not a valid duration string: \"x\""},
        {"step=0",
         "zero or negative query resolution step widths are not accepted. Try a positive integer"},
        {"step=-5",
         "zero or negative query resolution step widths are not accepted. Try a positive integer"},
        {"step=x", "cannot parse \"x\" to a valid duration"},
        {"start=0&end=11001&step=1",
         "exceeded maximum resolution of 11,000 points per time series. Try increasing the value "
         "of the step "
         "parameter"},
        {"interval=-1", "interval must be >= 0"},
        {"interval=x", "cannot parse \"x\" to a valid duration"},
    };
    for (const auto& [text, message] : cases) {
        const auto query = parse_range_query(form_of(text), kNow);
        ASSERT_FALSE(query) << text;
        EXPECT_EQ(query.error().message, message);
        EXPECT_EQ(query.error().code, ErrorCode::kInvalidArgument);
    }
    EXPECT_OK(parse_range_query(form_of("start=0&end=11000&step=1"), kNow));
    EXPECT_OK(parse_range_query(form_of("start=10&end=10"), kNow));
}

TEST(QueryParameters, SurviveTheWholeRangeOfTime) {
    const auto query = parse_range_query(
        form_of("start=-9223372036854775808&end=9223372036854775807&step=1d"), kNow);
    ASSERT_FALSE(query);
    EXPECT_NE(query.error().message.find("11,000 points"), std::string::npos);
    EXPECT_OK(parse_range_query(form_of("end=-9223372036854775808"), kNow));
}

TEST(QueryParameters, FillAnInstantQuery) {
    const auto query = parse_instant_query(form_of("query=1&time=1793491230&limit=3"), kNow);
    ASSERT_OK(query);
    EXPECT_TRUE(query->instant);
    EXPECT_EQ(query->start, 1'793'491'230 * kNanosPerSecond);
    EXPECT_EQ(query->end, query->start);
    EXPECT_EQ(query->limit, 3U);

    EXPECT_EQ(parse_instant_query(form_of("query=1"), kNow)->end, kNow);
    EXPECT_EQ(parse_instant_query(form_of("time=soon"), kNow).error().message,
              "strconv.ParseInt: parsing \"soon\": invalid syntax");
}

TEST(QueryParameters, FindQueryTags) {
    EXPECT_EQ(tag_value("Source=grafana-lokiexplore-app", "source"), "grafana-lokiexplore-app");
    EXPECT_EQ(tag_value("a=b, source = logvolhist ,c", "source"), "logvolhist");
    EXPECT_EQ(tag_value("sources=x", "source"), "");
    EXPECT_EQ(tag_value("", "source"), "");
}

}  // namespace
}  // namespace skald::api
