// SPDX-License-Identifier: Apache-2.0
//
// Goal: the line of a slow query has what it asked for, whole unless it is absurd.
#include "slow_query_log.h"

#include "fakes.h"
#include "support/run_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skald::api {
namespace {

using testing::HasSubstr;

std::string line_of(HttpRequest request) {
    StillClock clock{0};
    boost::asio::io_context context;
    const auto answer_at_once = [](HttpRequest) -> Task<HttpResponse> {
        co_return json_answer("{}");
    };
    const auto handler = log_slow_queries(answer_at_once, -1, clock);
    testing::internal::CaptureStderr();
    support::run_task(context, handler(std::move(request)));
    return testing::internal::GetCapturedStderr();
}

TEST(SlowQueryLog, HasParametersOfKilobytesWhole) {
    HttpRequest request = get_request("/loki/api/v1/query", "query=" + std::string(16'000, 'u'));
    request.body = buffer_of("limit=" + std::string(16'000, 'b'));
    EXPECT_THAT(line_of(std::move(request)),
                HasSubstr(" params=\"query=" + std::string(16'000, 'u') +
                          "&limit=" + std::string(16'000, 'b') + "\" "));
}

TEST(SlowQueryLog, CutsParametersThatAreAbsurd) {
    HttpRequest request = get_request("/loki/api/v1/query", "u=" + std::string(20'000, 'u'));
    request.body = buffer_of("b=" + std::string(3'000'000, 'b'));
    request.headers.add("X-Query-Tags", std::string(5000, 't'));
    const std::string line = line_of(std::move(request));
    EXPECT_THAT(line, HasSubstr("u…(20002 bytes)&b="));
    EXPECT_THAT(line, HasSubstr("b…(3000002 bytes)\" "));
    EXPECT_THAT(line, HasSubstr("t…(5000 bytes)\" "));
}

}  // namespace
}  // namespace skald::api
