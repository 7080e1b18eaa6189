// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a WebSocket's client gets is a row of whole frames, whatever it does and however
// slowly it reads. Method: a real server on loopback, a source that the test feeds, and a client
// that parses every byte; small receive buffers and messages of more than any send buffer holds, so
// that frames are written in pieces.
#include "web_socket.h"

#include "message_source.h"
#include "router.h"
#include "support/raw_client.h"
#include "support/result_assertions.h"
#include "web_socket_frame.h"

#include <skald/api/http_server.h>
#include <skald/foundation/base/units.h>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace skald::api {
namespace {

using FramePtr = std::shared_ptr<const WebSocketFrame>;

/// The real time, until the test lets much of it pass at once.
class SkippingClock final : public Clock {
public:
    TimePoint now() const override { return real_.now() + skipped_.load(); }
    std::int64_t wall_now() const override { return real_.wall_now(); }
    Task<> sleep_until(TimePoint wake) override {
        return real_.sleep_until(wake - skipped_.load());
    }
    void skip(std::chrono::seconds time) { skipped_ = skipped_.load() + time; }

private:
    SystemClock real_;
    std::atomic<std::chrono::nanoseconds> skipped_{std::chrono::nanoseconds(0)};
};

/// Messages that the test puts in.
class FedSource final : public MessageSource {
public:
    void start(std::shared_ptr<MessageSink> sink) override {
        const std::lock_guard hold(mutex_);
        sink_ = std::move(sink);
    }
    Next next() override {
        const std::lock_guard hold(mutex_);
        Next next;
        if (frames_.empty()) {
            if (!end_.empty()) next.kind = Kind::kClose;
            next.reason = end_;
            return next;
        }
        next.kind = Kind::kText;
        next.frame = std::move(frames_.front());
        frames_.pop_front();
        return next;
    }
    void feed(FramePtr frame) {
        const std::lock_guard hold(mutex_);
        frames_.push_back(std::move(frame));
        if (sink_ == nullptr) return;
        boost::asio::post(sink_->executor(), [sink = sink_] { sink->pump(); });
    }
    /// Before the client comes.
    void end(std::string reason) { end_ = std::move(reason); }

private:
    std::mutex mutex_;
    std::shared_ptr<MessageSink> sink_;
    std::deque<FramePtr> frames_;
    std::string end_;
};

/// The client's end, which parses every frame.
class Client {
public:
    struct Frame {
        int code = 0;
        std::string payload;
    };
    static constexpr int kText = 1;
    static constexpr int kClose = 8;
    static constexpr int kPing = 9;
    static constexpr int kPong = 10;

    Client(std::uint16_t port, int receive_buffer) : bytes_(port, receive_buffer) {
        const auto answer = bytes_.exchange(
            "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        EXPECT_EQ(answer.status, 101) << answer.head;
    }

    void leave() { bytes_.leave(); }
    /// Masked with zeros.
    bool send_frame(int code, std::string_view payload) {
        std::string bytes{static_cast<char>(0x80 | code), static_cast<char>(0x80 | payload.size())};
        return bytes_.send(bytes.append(4, '\0').append(payload));
    }
    /// A frame without code: the end.
    Frame frame() {
        const std::string head = bytes_.take(2);
        if (head.size() < 2) return {};
        std::size_t size = static_cast<unsigned char>(head[1]);
        if (size >= 126) {
            std::size_t long_size = 0;
            for (const char byte : bytes_.take(size == 126 ? 2 : 8))
                long_size = long_size << 8 | static_cast<unsigned char>(byte);
            size = long_size;
        }
        EXPECT_EQ(head[0] & 0xF0, 0x80) << "a message in one frame, nothing reserved";
        EXPECT_LE(size, 10 * kMiB);
        return {head[0] & 0x0F, bytes_.take(std::min<std::size_t>(size, 10 * kMiB))};
    }

private:
    support::RawClient bytes_;
};

/// Different from all others, at every place.
std::string message(std::size_t number) {
    constexpr std::size_t kSizes[] = {1, 125, 126, 20'000, 65'535, 65'536, 300'000};
    std::string text;
    for (std::size_t i = 0; text.size() < kSizes[number % 7]; ++i)
        text += std::to_string(number) + ":" + std::to_string(i) + ",";
    text.resize(kSizes[number % 7]);
    return text;
}

/// Every other one is sent from pages that sockets share.
FramePtr frame(std::size_t number) {
    return WebSocketFrame::of_text(message(number), number % 2 == 0 ? 1 : 1000);
}

class WebSocketTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);
        auto router = std::make_shared<Router>(true);
        Router::Route route;
        route.pattern = "/socket";
        route.methods = {Method::kGet};
        route.handler = [this](HttpRequest) { return open(); };
        router->add(std::move(route));
        auto started = HttpServer::start(options(), router, io, workers, clock, metrics);
        ASSERT_OK(started);
        server = *std::move(started);
    }
    static HttpServer::Options options() {
        HttpServer::Options options;
        options.address = "127.0.0.1";
        options.port = 0;
        options.write_timeout = kNanosPerHour;  // Time is skipped.
        return options;
    }
    /// Each client's source is the next one.
    Task<HttpResponse> open() {
        HttpResponse response;
        response.status = 101;
        response.socket = sources.at(opened++);
        co_return response;
    }

    SkippingClock clock;
    IoThreads io{1};
    WorkerPool workers{WorkerPool::Options{}};
    MetricsRegistry metrics;
    std::vector<std::shared_ptr<FedSource>> sources{std::make_shared<FedSource>(),
                                                    std::make_shared<FedSource>()};
    std::size_t opened = 0;
    std::unique_ptr<HttpServer> server;
};

TEST(WebSocketFrame, HasTheShortestHead) {
    const auto head = [](std::size_t size) {
        const auto frame = WebSocketFrame::of_text(std::string(size, 'x'));
        EXPECT_EQ(frame->text(), std::string(size, 'x'));
        return std::string(frame->bytes().substr(0, frame->size() - size));
    };
    using namespace std::string_literals;
    EXPECT_EQ(head(0), "\x81\0"s);
    EXPECT_EQ(head(125), "\x81\x7d"s);
    EXPECT_EQ(head(126), "\x81\x7e\0\x7e"s);
    EXPECT_EQ(head(65'535), "\x81\x7e\xff\xff"s);
    EXPECT_EQ(head(65'536), "\x81\x7f\0\0\0\0\0\1\0\0"s);
}

TEST(WebSocketFrame, AreAsManyAsOneLikes) {
    std::vector<FramePtr> frames;
    for (std::size_t i = 0; i < 300; ++i) frames.push_back(frame(3));  // 20 kB each
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (const FramePtr& each : {frames.front(), frames.back()}) {
        ASSERT_EQ(each->write_to(ends[0], 1), static_cast<ssize_t>(each->size() - 1));
        std::string got(each->size() - 1, '\0');
        ASSERT_EQ(::recv(ends[1], got.data(), got.size(), MSG_WAITALL),
                  static_cast<ssize_t>(got.size()));
        EXPECT_EQ(got, each->bytes().substr(1));
    }
    for (const int end : ends) ::close(end);
    const auto descriptors = std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                           std::filesystem::directory_iterator());
    EXPECT_LT(descriptors, 200);
}

TEST(CloseReason, OfUsualLengthIsAsItIs) {
    EXPECT_EQ(close_reason(""), "");
    const std::string longest = "(" + std::string(121, 'x') + ")";
    EXPECT_EQ(close_reason(longest), longest);
}

TEST(CloseReason, ThatIsTooLongKeepsWhatIsInTheLastParentheses) {
    const std::string key = "(limits_config.required_labels)";
    const std::string reason = close_reason("it has (" + std::string(200, 'x') + ") " + key);
    EXPECT_EQ(reason, "it has (" + std::string(123 - 8 - 3 - key.size(), 'x') + "…" + key);
    // Whatever comes behind them.
    EXPECT_TRUE(close_reason(std::string(200, 'x') + key + ".").ends_with("x…" + key + "."));
}

TEST(CloseReason, WithoutAKeyOrWithTooLongAOneLosesItsEnd) {
    EXPECT_EQ(close_reason(std::string(124, 'x')), std::string(120, 'x') + "…");
    const std::string one = "a (" + std::string(200, 'x') + ")";
    EXPECT_EQ(close_reason(one), one.substr(0, 120) + "…");
    const std::string exact = std::string(50, 'x') + "(" + std::string(118, 'k') + ")";
    EXPECT_EQ(close_reason(exact), "…" + exact.substr(50));
}

TEST(CloseReason, IsCutBetweenCharacters) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(shift, 'x');
        while (text.size() < 200) text += "🦊";
        const std::string reason = close_reason(text);
        EXPECT_GT(reason.size(), 123U - 4);
        EXPECT_LE(reason.size(), 123U);
        EXPECT_TRUE(reason.ends_with("🦊…")) << reason;
    }
}

TEST_F(WebSocketTest, ALongReasonOfTheEndKeepsItsKey) {
    const std::string key = "(limits_config.required_labels)";
    sources[0]->end(std::string(300, 'x') + " " + key);
    Client client(server->port(), 32'768);
    const Client::Frame last = client.frame();
    EXPECT_EQ(last.code, Client::kClose);
    EXPECT_EQ(last.payload.size(), 125U);
    EXPECT_TRUE(last.payload.ends_with("x…" + key)) << last.payload;
}

TEST_F(WebSocketTest, AnswersToPingsNeverLandInsideAMessage) {
    constexpr std::size_t kMessages = 70;
    Client client(server->port(), 32'768);
    // Far more than the sockets hold, before the client reads the first byte.
    for (std::size_t i = 0; i < kMessages; ++i) sources[0]->feed(frame(i));
    std::atomic<bool> all_seen{false};
    std::atomic<std::size_t> pings{0};
    std::thread pinging([&] {
        while (!all_seen && pings < 20'000 &&
               client.send_frame(Client::kPing, std::to_string(pings)))
            ++pings;
    });

    std::size_t messages = 0;
    std::size_t pongs = 0;
    const auto read_one = [&] {
        const Client::Frame next = client.frame();
        if (next.code == Client::kText && messages < kMessages &&
            next.payload == message(messages)) {
            ++messages;
            return true;
        }
        if (next.code == Client::kPong && next.payload == std::to_string(pongs)) {
            ++pongs;
            return true;
        }
        return next.code == Client::kPing;
    };
    bool whole = true;
    while (whole && messages < kMessages) whole = read_one();
    EXPECT_TRUE(whole) << "after " << messages << " messages and " << pongs << " pongs";
    all_seen = true;
    if (!whole) client.leave();
    pinging.join();
    while (whole && pongs < pings) whole = read_one();
    EXPECT_TRUE(whole) << "after " << pongs << " pongs of " << pings;
    EXPECT_GT(pongs, 0U);
}

TEST_F(WebSocketTest, NothingFollowsTheCloseAndNoMessageIsCut) {
    Client client(server->port(), 32'768);
    for (std::size_t i = 0; i < 70; ++i) sources[0]->feed(frame(i));
    ASSERT_TRUE(client.send_frame(Client::kClose, "\x03\xe8"));

    std::size_t messages = 0;
    Client::Frame next = client.frame();
    for (; next.code == Client::kText || next.code == Client::kPing; next = client.frame()) {
        if (next.code == Client::kPing) continue;
        ASSERT_TRUE(next.payload == message(messages)) << messages;
        ++messages;
    }

    EXPECT_EQ(next.code, Client::kClose);
    EXPECT_EQ(next.payload, "\x03\xe8");
    EXPECT_EQ(client.frame().code, 0);
    EXPECT_LT(messages, 70U);
}

TEST_F(WebSocketTest, AClientThatDoesNotReadHoldsUpNobodyAndGetsEverythingLater) {
    Client slow(server->port(), 32'768);
    Client quick(server->port(), 1 << 20);
    // The same frames to both, one loop.
    for (std::size_t i = 0; i < 70; ++i) {
        const FramePtr shared = frame(i);
        for (const auto& source : sources) source->feed(shared);
    }

    for (Client* client : {&quick, &slow}) {
        for (std::size_t messages = 0; messages < 70;) {
            const Client::Frame next = client->frame();
            if (next.code == Client::kPing) continue;
            ASSERT_EQ(next.code, Client::kText);
            ASSERT_TRUE(next.payload == message(messages)) << messages;
            ++messages;
        }
    }
}

TEST_F(WebSocketTest, AServerThatStopsClosesBehindTheMessageThatIsOnItsWay) {
    Client client(server->port(), 32'768);
    for (std::size_t i = 0; i < 7; ++i) sources[0]->feed(frame(i));
    for (std::size_t i = 0; i < 7; ++i) ASSERT_TRUE(client.frame().payload == message(i));
    std::thread stopping([this] { server->stop(); });

    Client::Frame next = client.frame();
    while (next.code == Client::kPing) next = client.frame();

    EXPECT_EQ(next.code, Client::kClose);
    EXPECT_EQ(next.payload.substr(0, 2), "\x03\xe9");
    EXPECT_TRUE(client.send_frame(Client::kClose, "\x03\xe9"));
    client.leave();
    stopping.join();
}

TEST_F(WebSocketTest, AClientThatAnswersNoPingIsToldSo) {
    Client client(server->port(), 32'768);
    ASSERT_EQ(client.frame().code, Client::kPing);
    clock.skip(std::chrono::seconds(61));

    Client::Frame next = client.frame();
    while (next.code == Client::kPing) next = client.frame();

    EXPECT_EQ(next.code, Client::kClose);
    EXPECT_EQ(next.payload,
              "\x03\xea"
              "no answer to pings for a minute");
}

TEST_F(WebSocketTest, AClientThatGoesInTheMiddleOfAMessageEndsItsConnection) {
    {
        Client client(server->port(), 32'768);
        for (std::size_t i = 0; i < 70; ++i) sources[0]->feed(frame(i));
        EXPECT_EQ(client.frame().code, Client::kText);
    }
    while (server->connections() > 0) {
        sources[0]->feed(frame(6));
        std::this_thread::yield();
    }
}

}  // namespace
}  // namespace skald::api
