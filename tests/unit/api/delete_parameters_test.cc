// SPDX-License-Identifier: Apache-2.0
#include "delete_parameters.h"

#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::api {
namespace {

constexpr TimeNs kNow = 1'793'500'000 * kNanosPerSecond;

Result<DeleteParameters> parse(const std::string& query, const std::string& more,
                               DurationNs max_interval = kNanosPerDay) {
    Form form;
    EXPECT_OK(form.add("query=" + query + "&start=1793400000&end=1793500000&" + more));
    return parse_delete(form, kNow, max_interval);
}

std::string error_of(const std::string& query, const std::string& more,
                     DurationNs max_interval = kNanosPerDay) {
    const auto parsed = parse(query, more, max_interval);
    return parsed ? "" : parsed.error().message;
}

TEST(DeleteParameters, TheIntervalIsOfRequestsThatChooseLines) {
    for (const std::string query : {R"({a="b"})", R"({a="b"} |= "")", R"({a="b"} |~ "x" or "")",
                                    R"({a="b"} | json | line_format "{{.x}}")"}) {
        SCOPED_TRACE(query);
        for (const std::string interval : {"1000h", "1ms", "soon"})
            EXPECT_OK(parse(query, "max_interval=" + interval));
    }
    for (const std::string query : {R"({a="b"} |= "x")", R"({a="b"} != "")",
                                    R"({a="b"} |= "" !~ "x")", R"({a="b"} | json | level="x")"}) {
        EXPECT_EQ(error_of(query, "max_interval=25h"),
                  "max_interval can't be greater than 24h0m0s (compactor.delete_max_interval)");
        EXPECT_EQ(error_of(query, "max_interval=1ms"),
                  "invalid max_interval: valid time units are 's', 'm', 'h'");
        EXPECT_OK(parse(query, "max_interval=24h"));
    }
}

TEST(DeleteParameters, AnIntervalOfNothingIsNoLimit) {
    EXPECT_OK(parse(R"({a="b"} |= "x")", "max_interval=27h", 0));
    EXPECT_EQ(error_of(R"({a="b"} |= "x")", "max_interval=28h", 0),
              "max_interval can't be greater than the interval to be deleted (27h46m40s)");
}

TEST(DeleteParameters, SecondsHaveTenDigits) {
    const auto time = parse_delete_time("1793500000");
    ASSERT_OK(time);
    EXPECT_EQ(*time, kNow);
    const auto text = parse_delete_time("2026-11-01T00:00:00Z");
    ASSERT_OK(text);
    EXPECT_EQ(*text, 1'793'491'200 * kNanosPerSecond);
    for (const std::string wrong : {"+170000000", "-170000000", "179350000", "17935000000",
                                    "1793500000000", "1.79350e10", " 179350000", ""}) {
        const auto refused = parse_delete_time(wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().message, "require unix seconds or RFC3339 format");
    }
}

}  // namespace
}  // namespace skald::api
