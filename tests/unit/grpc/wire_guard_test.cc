// SPDX-License-Identifier: Apache-2.0
#include "wire_guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace skald::grpc {
namespace {

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum Type : std::uint8_t {
    kData,
    kHeaders,
    kPriority,
    kReset,
    kSettings,
    kPing = 6,
    kContinuation = 9
};
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;

constexpr std::uint8_t kPadded = 8;
constexpr std::uint8_t kHasPriority = 32;

std::string frame_of(std::uint8_t type, std::uint8_t flags, const std::string& payload,
                     int stream = 1) {
    std::string bytes;
    for (const unsigned shift : {16U, 8U, 0U})
        bytes += static_cast<char>(payload.size() >> shift & 0xFFU);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes += static_cast<char>(static_cast<unsigned>(stream) >> shift & 0xFFU);
    return bytes + payload;
}

/// A header that takes so many bytes; none takes 129 to 131.
std::string block(std::size_t size) {
    constexpr std::size_t kShortMax = 128;
    constexpr std::size_t kLongHead = 5;  // Of which three are what the length is above 127.
    if (size < 2) return std::string(size, '\x82');
    if (size <= kShortMax)
        return std::string{'\x01', static_cast<char>(size - 2)} + std::string(size - 2, 'x');
    const std::size_t more = size - kLongHead - 127;
    return std::string{'\x01', '\x7F', static_cast<char>(0x80U | (more & 0x7FU)),
                       static_cast<char>(0x80U | (more >> 7U & 0x7FU)),
                       static_cast<char>(more >> 14U)} +
           std::string(size - kLongHead, 'x');
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::size_t size, int stream = 1) {
    const bool is_block = type == kHeaders || type == kContinuation;
    return frame_of(type, flags, is_block ? block(size) : std::string(size, 'x'), stream);
}

/// A connection that has greeted.
class Line {
public:
    Line() { EXPECT_TRUE(guard_.check(kPreface, now_)); }
    bool passes(const std::string& bytes) { return static_cast<bool>(guard_.check(bytes, now_)); }
    /// How many of the same pass.
    int count(const std::string& bytes, int most) {
        int passed = 0;
        while (passed < most && passes(bytes)) ++passed;
        return passed;
    }

private:
    WireGuard guard_{200};
    const Clock::TimePoint now_ = Clock::TimePoint(std::chrono::hours(1));
};

TEST(WireGuard, LetsOrdinaryCallsPassHoweverTheyAreCut) {
    std::string bytes = kPreface + frame(kSettings, 0, 18);
    for (int call = 0; call < 150; ++call)
        bytes += frame(kHeaders, kEndHeaders, 200, 1 + 2 * call) + frame(kData, 0, 10'000) +
                 frame(kData, kEndStream, 0) + frame(kPing, 1, 8) + frame(kPing, 0, 8);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
        WireGuard guard(200);
        for (std::size_t at = 0; at < bytes.size(); at += step)
            ASSERT_TRUE(guard.check(std::string_view(bytes).substr(at, step), {}));
    }
}

TEST(WireGuard, RefusesWhatIsNotHttp2) {
    for (const std::string text : {"GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.1", "\x16\x03\x01"}) {
        WireGuard guard(200);
        EXPECT_FALSE(guard.check(text, {})) << text;
    }
    WireGuard guard(200);
    EXPECT_TRUE(guard.check(kPreface.substr(0, 10), {}));
    EXPECT_FALSE(guard.check("x", {}));
}

TEST(WireGuard, RefusesHeadersThatDoNotEnd) {
    Line small;
    EXPECT_TRUE(small.passes(frame(kHeaders, 0, 100)));
    EXPECT_LT(small.count(frame(kContinuation, 0, 0), 1000), 20);
    Line large;
    EXPECT_TRUE(large.passes(frame(kHeaders, 0, 16384)));
    EXPECT_EQ(large.count(frame(kContinuation, 0, 16384), 1000), 1);
    Line mixed;
    EXPECT_TRUE(mixed.passes(frame(kHeaders, 0, 100)));
    EXPECT_FALSE(mixed.passes(frame(kData, 0, 1)));
    Line alone;
    EXPECT_FALSE(alone.passes(frame(kContinuation, kEndHeaders, 1)));
    Line ended;
    for (int i = 0; i < 30; ++i)
        EXPECT_TRUE(ended.passes(frame(kHeaders, 0, 8000) + frame(kContinuation, kEndHeaders, 10)));
}

TEST(WireGuard, RefusesMoreCallsAtOnceThanAreAllowed) {
    WireGuard guard(3);
    EXPECT_TRUE(guard.check(kPreface, {}));
    const auto begins = [&](int stream) {
        return static_cast<bool>(guard.check(frame(kHeaders, kEndHeaders, 10, stream), {}));
    };
    const std::string answer =
        frame(kHeaders, kEndHeaders, 5, 1) + frame(kHeaders, kEndStream, 5, 1);
    EXPECT_TRUE(begins(1) && begins(3) && begins(5));
    guard.watch_answers(answer.substr(0, 20));
    guard.watch_answers(answer.substr(20));
    EXPECT_TRUE(begins(7));
    EXPECT_TRUE(guard.check(frame(kHeaders, kEndHeaders | kEndStream, 10, 7), {})) << "trailers";
    guard.watch_answers(frame(kReset, 0, 4, 3));
    EXPECT_TRUE(begins(9));
    EXPECT_TRUE(guard.check(frame(kReset, 0, 4, 9), {}));
    EXPECT_TRUE(begins(11));
    EXPECT_FALSE(begins(13));
}

TEST(WireGuard, RefusesTooManyHeadersOfOpenCalls) {
    for (const auto& [calls, most] : {std::pair(200, 16), std::pair(1000, 81)}) {
        WireGuard guard(static_cast<std::size_t>(calls));
        EXPECT_TRUE(guard.check(kPreface, {}));
        const auto begins = [&](int stream) {
            return static_cast<bool>(guard.check(frame(kHeaders, kEndHeaders, 16000, stream), {}));
        };
        for (int stream = 1; stream < 1000; stream += 2) {  // One after the other.
            ASSERT_TRUE(begins(stream));
            guard.watch_answers(frame(kHeaders, kEndStream, 5, stream));
        }
        int open = 0;
        while (open < 1000 && begins(1001 + 2 * open)) ++open;
        EXPECT_EQ(open, most);
    }
}

/// So many of the smallest headers, in frames of `step`.
std::string tiny_headers(std::size_t count, std::size_t step, int stream = 1) {
    std::string bytes = frame_of(kHeaders, 0, "", stream);
    for (std::size_t at = 0; at < count; at += step)
        bytes +=
            frame_of(kContinuation, 0, std::string(std::min(step, count - at), '\x82'), stream);
    return bytes + frame_of(kContinuation, kEndHeaders, "", stream);
}

TEST(WireGuard, RefusesABlockOfTooManyHeaders) {
    for (const std::size_t step : {10U, 64U, 1000U}) {
        EXPECT_TRUE(Line().passes(tiny_headers(128, step)));
        EXPECT_FALSE(Line().passes(tiny_headers(129, step)));
    }
    Line line;
    for (int stream = 1; stream < 100; stream += 2)
        EXPECT_TRUE(line.passes(tiny_headers(128, 128, stream)));
}

TEST(WireGuard, RefusesTooManyTinyHeadersOfOpenCalls) {
    WireGuard guard(200);
    EXPECT_TRUE(guard.check(kPreface, {}));
    const auto begins = [&](int stream) {
        return static_cast<bool>(guard.check(tiny_headers(128, 128, stream), {}));
    };
    for (int stream = 1; stream < 1000; stream += 2) {  // One after the other.
        ASSERT_TRUE(begins(stream));
        guard.watch_answers(frame(kHeaders, kEndStream, 5, stream));
    }
    int open = 0;
    while (open < 200 && begins(1001 + 2 * open)) ++open;
    EXPECT_EQ(open, 100);
}

TEST(WireGuard, RefusesHeadersWhoseBoundsAreNotThoseThatGrpcSees) {
    const std::string priority(5, '\x82');
    EXPECT_TRUE(Line().passes(frame_of(kHeaders, kEndHeaders | kHasPriority, priority)));
    EXPECT_FALSE(Line().passes(frame_of(kHeaders, kEndHeaders | kHasPriority, "\x82")));
    EXPECT_FALSE(Line().passes(frame_of(kHeaders, kEndHeaders | kPadded, {"\0", 1})));
    Line full;
    EXPECT_TRUE(full.passes(frame_of(kHeaders, kHasPriority, priority + std::string(128, '\x82'))));
    EXPECT_FALSE(full.passes(frame_of(kContinuation, kEndHeaders, "\x82")));
    Line cut_off;
    EXPECT_TRUE(cut_off.passes(frame_of(kHeaders, kEndHeaders, {"\0\1", 2})));
    EXPECT_FALSE(cut_off.passes(frame_of(kHeaders, kEndHeaders, "\x82", 3)));
}

TEST(WireGuard, RefusesFloodsOfResetsAndOfFramesOfControl) {
    for (const std::string& kind : {frame(kReset, 0, 4), frame(kPing, 0, 8), frame(kSettings, 0, 0),
                                    frame(kPriority, 0, 5), frame(kData, 0, 0), frame(99, 0, 3)}) {
        Line line;
        const int first = line.count(kind, 5000);
        EXPECT_GE(first, 400);
        EXPECT_LE(first, 1000);
    }
    Line calls;  // Begun and reset in turn.
    EXPECT_LE(calls.count(frame(kHeaders, kEndHeaders, 50) + frame(kReset, 0, 4), 5000), 400);
}

}  // namespace
}  // namespace skald::grpc
