// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever text comes to be logged, a line is one line of bounded length that readers of its
// format take. Method: lines are written and read back from stderr.
#include <skald/foundation/telemetry/log.h>
#include <skald/foundation/telemetry/log_line.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skald {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// The one line that a message with a field `v` leaves.
std::string line_of(std::string_view message, const std::string& value,
                    std::string_view format = "logfmt") {
    testing::internal::CaptureStderr();
    set_log_format(format);
    log_info(message, {{"v", value}});
    set_log_format("logfmt");
    return testing::internal::GetCapturedStderr();
}

TEST(Log, QuotesWhatNeedsIt) {
    EXPECT_THAT(line_of("plain", "a/b"), EndsWith(" level=info msg=plain v=a/b\n"));
    EXPECT_THAT(line_of("two words", "a=\"b\"\\"),
                EndsWith(" msg=\"two words\" v=\"a=\\\"b\\\"\\\\\"\n"));
    EXPECT_THAT(line_of("nothing", ""), EndsWith(" v=\"\"\n"));
    EXPECT_THAT(line_of("json", "a \"b\"", "json"),
                EndsWith(R"("level":"info","msg":"json","v":"a \"b\""})"
                         "\n"));
}

TEST(Log, EscapesControlCharactersInBothFormats) {
    const std::string all = std::string("\0\n\r\t\x1b", 5) + "[1m\x7f" + "\xC2\x9B" + "é";
    const std::string escaped = R"("\u0000\n\u000d\t\u001b[1m\u007f\u009bé")";
    EXPECT_THAT(line_of("controls", all), EndsWith(" v=" + escaped + "\n"));
    EXPECT_THAT(line_of("controls", all, "json"), EndsWith(",\"v\":" + escaped + "}\n"));
    EXPECT_THAT(line_of("delete", "\x7f"), EndsWith(" v=\"\\u007f\"\n"));
    EXPECT_THAT(line_of("introducer", "\xC2\x9B"), EndsWith(" v=\"\\u009b\"\n"));
}

TEST(Log, ReplacesWhatIsNotUtf8) {
    EXPECT_THAT(line_of("raw", "/x\xff\xfe"), EndsWith(" v=/x\uFFFD\uFFFD\n"));
    EXPECT_THAT(line_of("raw", "/x\xff\xfe", "json"), EndsWith(",\"v\":\"/x\uFFFD\uFFFD\"}\n"));
    // A surrogate, an overlong slash, a character that is cut; what is well-formed stays.
    EXPECT_THAT(line_of("more", "\xED\xA0\x80 \xC0\xAF é \xE2\x82", "json"),
                EndsWith(",\"v\":\"\uFFFD\uFFFD\uFFFD \uFFFD\uFFFD é \uFFFD\uFFFD\"}\n"));
    EXPECT_THAT(line_of("message \xff", "x", "json"), HasSubstr("\"msg\":\"message \uFFFD\""));
}

TEST(Log, BoundsValuesAndMessages) {
    const std::string whole(4096, 'x');
    EXPECT_THAT(line_of("just fits", whole), EndsWith(" v=" + whole + "\n"));
    EXPECT_THAT(line_of("one more", whole + "y"), EndsWith(" v=\"" + whole + "…(4097 bytes)\"\n"));
    EXPECT_THAT(line_of("in json", whole + "y", "json"),
                EndsWith(",\"v\":\"" + whole + "…(4097 bytes)\"}\n"));
    EXPECT_THAT(line_of(std::string(3'300'000, 'm'), "x"), HasSubstr("m…(3300000 bytes)\" v=x"));
    EXPECT_LT(line_of(std::string(3'300'000, 'n'), std::string(3'300'000, 'x')).size(), 9000U);
}

TEST(Log, MayHaveALargerBoundForTextsThatAreReadWhole) {
    const LogField fields[] = {{"v", std::string(5000, 'x')}};
    testing::internal::CaptureStderr();
    log_line(LogLevel::kInfo, "large", fields, 4999);
    log_line(LogLevel::kInfo, "whole", fields, 5000);
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_THAT(lines, HasSubstr(" v=\"" + std::string(4999, 'x') + "…(5000 bytes)\"\n"));
    EXPECT_THAT(lines, EndsWith(" v=" + std::string(5000, 'x') + "\n"));
}

}  // namespace
}  // namespace skald
