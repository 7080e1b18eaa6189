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
using testing::Not;

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

}  // namespace
}  // namespace skald
