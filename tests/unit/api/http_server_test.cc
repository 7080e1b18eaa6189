// SPDX-License-Identifier: Apache-2.0
//
// Goal: HTTP on the wire. Method: a real server on a free port of loopback, with small limits, and
// a client that sends the bytes that it is told to.
#include "compression.h"
#include "router.h"
#include "support/raw_client.h"
#include "support/result_assertions.h"

#include <skald/api/http_server.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

namespace skald::api {
namespace {

using support::RawClient;

constexpr DurationNs kMilli = kNanosPerMilli;
constexpr std::string_view kReady = "GET /ready HTTP/1.1\r\nHost: x\r\n\r\n";

/// Handlers for the tests and what they saw.
struct Handlers {
    explicit Handlers(Clock& time) : clock(time) {}

    Task<HttpResponse> ready(HttpRequest) { co_return plain_text(200, "ready\n"); }
    Task<HttpResponse> echo(HttpRequest request) {
        co_return plain_text(200, request.query + std::string(request.body.view()));
    }
    Task<HttpResponse> big(HttpRequest) { co_return plain_text(200, std::string(32 * kMiB, 'b')); }
    Task<HttpResponse> fail(HttpRequest) { throw std::runtime_error("boom"); }
    /// Ends when it is cancelled, or released.
    Task<HttpResponse> wait(HttpRequest request) {
        ++waiting;
        while (!request.cancel.cancelled() && !released.load()) {
            co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(2));
        }
        reason = request.cancel.reason();
        --waiting;
        co_return plain_text(200, "done");
    }

    Clock& clock;
    std::atomic<int> waiting{0};
    std::atomic<bool> released{false};
    std::atomic<CancelReason> reason{CancelReason::kNone};
};

class HttpServerTest : public ::testing::Test {
protected:
    HttpServerTest() {
        options.address = "127.0.0.1";
        options.port = 0;
        options.watch_interval = 5 * kMilli;
        options.stop_grace = 50 * kMilli;
    }
    ~HttpServerTest() override { handlers.released.store(true); }

    void start() {
        auto router = std::make_shared<Router>(true);
        const auto add = [&](std::string pattern, std::vector<Method> methods,
                             Task<HttpResponse> (Handlers::*member)(HttpRequest)) {
            Router::Route route;
            route.pattern = std::move(pattern);
            route.methods = std::move(methods);
            route.handler = [this, member](HttpRequest request) {
                return (handlers.*member)(std::move(request));
            };
            route.body_bytes_max = 2 * kMiB;
            router->add(std::move(route));
        };
        add("/ready", {Method::kGet}, &Handlers::ready);
        add("/echo", {Method::kGet, Method::kPost}, &Handlers::echo);
        add("/big", {Method::kGet}, &Handlers::big);
        add("/fail", {Method::kGet}, &Handlers::fail);
        add("/wait", {Method::kGet}, &Handlers::wait);
        auto started = HttpServer::start(options, router, io, workers, clock, metrics);
        ASSERT_OK(started);
        server = *std::move(started);
    }
    std::uint16_t port() const { return server->port(); }
    static void wait_until(const std::function<bool()>& done) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        bool is_done = false;
        while (!(is_done = done()) && std::chrono::steady_clock::now() < give_up)
            std::this_thread::yield();
        EXPECT_TRUE(is_done);
    }
    std::string metrics_text() const { return metrics.exposition(); }

    SystemClock clock;
    Handlers handlers{clock};
    IoThreads io{2};
    WorkerPool workers{WorkerPool::Options{}};
    MetricsRegistry metrics;
    HttpServer::Options options;
    std::unique_ptr<HttpServer> server;
};

std::string post(std::string_view body, std::string_view more_headers = {}) {
    return "POST /echo HTTP/1.1\r\nHost: x\r\n" + std::string(more_headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunked(const std::vector<std::string>& chunks, std::string_view trailer = {}) {
    std::string text = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& chunk : chunks) {
        char size[32];
        std::snprintf(size, sizeof size, "%zx;ext=1\r\n", chunk.size());
        text += size + chunk + "\r\n";
    }
    return text + "0\r\n" + std::string(trailer) + "\r\n";
}

std::string pattern_bytes(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
    text.resize(size);
    return text;
}

TEST_F(HttpServerTest, AnswersRequestAfterRequestOnOneConnection) {
    start();
    RawClient client(port());
    for (int i = 0; i < 5; ++i) {
        const auto response = client.exchange(kReady);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "ready\n");
        EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
        EXPECT_EQ(response.header("Connection"), "");
        EXPECT_NE(response.header("Date"), "");
    }
    EXPECT_EQ(server->connections(), 1U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    RawClient client(port());
    client.send(post("one") + std::string(kReady) + "\r\n" + chunked({"tw", "o"}) +
                post(std::string(50'000, 'x')) + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.receive().body, "one");
    EXPECT_EQ(client.receive().body, "ready\n");
    EXPECT_EQ(client.receive().body, "two");
    EXPECT_EQ(client.receive().body.size(), 50'000U);
    EXPECT_EQ(client.receive().status, 404);
}

TEST_F(HttpServerTest, ReadsARequestByteByByte) {
    start();
    RawClient client(port());
    for (const char c : post("hello")) client.send(std::string_view(&c, 1));
    EXPECT_EQ(client.receive().body, "hello");
    for (const char c : chunked({"a", "bc"}, "Trailer: x\r\n"))
        client.send(std::string_view(&c, 1));
    EXPECT_EQ(client.receive().body, "abc");
}

TEST_F(HttpServerTest, ReadsLargeBodies) {
    start();
    RawClient client(port());
    const std::string body = pattern_bytes(2 * kMiB);
    EXPECT_EQ(client.exchange(post(body)).body, body);
    std::vector<std::string> chunks;
    for (std::size_t begin = 0; begin < body.size(); begin += 100'000)
        chunks.push_back(body.substr(begin, 100'000));
    EXPECT_EQ(client.exchange(chunked(chunks)).body, body);
    EXPECT_EQ(client.exchange(post("")).body, "");
    EXPECT_EQ(client.exchange(chunked({})).body, "");
}

TEST_F(HttpServerTest, TakesLongUrls) {
    start();
    RawClient client(port());
    const std::string query = pattern_bytes(kMiB);
    EXPECT_EQ(client.exchange("GET /echo?" + query + " HTTP/1.1\r\nHost: x\r\n\r\n").body, query);
    EXPECT_EQ(client.exchange(kReady).status, 200);
}

TEST_F(HttpServerTest, SaysContinueWhenAsked) {
    start();
    RawClient client(port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    EXPECT_EQ(client.exchange("abc").body, "abc");
    client.send(
        "POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 404);
}

TEST_F(HttpServerTest, RefusesOtherExpectations) {
    start();
    for (const std::string& expect : {"Expect: foo\r\n", "Expect: 100-continue, foo\r\n",
                                      "Expect: 100-continue\r\nExpect: foo\r\n"}) {
        RawClient client(port());
        EXPECT_EQ(client.exchange(post("abc", expect)).status, 417) << expect;
        EXPECT_TRUE(client.closed()) << expect;
    }
    RawClient client(port());
    EXPECT_EQ(client.exchange(post("abc", "Expect: 100-Continue\r\n")).body, "abc");
    EXPECT_EQ(client.exchange(post("abc", "Expect:\r\n")).body, "abc");
}

TEST_F(HttpServerTest, SaysNoContinueToClientsThatDoNotKnowIt) {
    options.body_timeout = 30 * kMilli;
    start();
    RawClient client(port());
    client.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 408);
}

TEST_F(HttpServerTest, TakesChunksHoweverTheirNameIsWritten) {
    start();
    RawClient client(port());
    EXPECT_EQ(client
                  .exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:  Chunked "
                            "\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                  .body,
              "abc");
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
    start();
    RawClient client(port());
    client.send("HEAD /ready HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto response = client.receive(false);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Content-Length"), "6");
    EXPECT_EQ(client.exchange(kReady).body, "ready\n");
}

TEST_F(HttpServerTest, KeepsOrClosesAsTheClientWants) {
    start();
    RawClient old(port());
    EXPECT_EQ(old.exchange("GET /ready HTTP/1.0\r\n\r\n").header("Connection"), "close");
    EXPECT_TRUE(old.closed());

    RawClient kept(port());
    EXPECT_EQ(
        kept.exchange("GET /ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection"),
        "keep-alive");
    EXPECT_EQ(kept.exchange("GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .header("Connection"),
              "close");
    EXPECT_TRUE(kept.closed());
}

TEST_F(HttpServerTest, RefusesUnknownPathsAndMethodsAndGoesOn) {
    start();
    RawClient client(port());
    EXPECT_EQ(
        client.exchange("POST /ready HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").status,
        405);
    const auto unknown = client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body, "404 page not found\n");
    EXPECT_EQ(client.exchange("BREW /ready HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
    EXPECT_EQ(client.exchange(kReady).status, 200);
}

TEST_F(HttpServerTest, ClosesAfterAMalformedRequest) {
    start();
    const std::pair<std::string, int> cases[] = {
        {"hello\r\n\r\n", 400},
        {"GET /ready HTTP/2.0\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET /ready HTTP/1.1\r\n\r\n", 400},
        {"GET /ready HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
         "chunked\r\n\r\n",
         400},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
         501},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         501},
        {"POST /echo HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         400},
        {"GET /ready HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        {"GET /ready HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400},
        {"GET /ready HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nHost: y\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
    };
    for (const auto& [request, status] : cases) {
        RawClient client(port());
        const auto response = client.exchange(request);
        EXPECT_EQ(response.status, status) << request;
        EXPECT_EQ(response.header("Connection"), "close") << request;
        EXPECT_TRUE(client.closed()) << request;
    }
}

TEST_F(HttpServerTest, BoundsTheHeader) {
    options.header_bytes_max = 4096;
    start();
    RawClient one_line(port());
    EXPECT_EQ(one_line.exchange("GET /ready?" + std::string(5000, 'x')).status, 431);
    RawClient many_lines(port());
    std::string request = "GET /ready HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 500; ++i) request += "A: 0123456789\r\n";
    EXPECT_EQ(many_lines.exchange(request).status, 431);
}

TEST_F(HttpServerTest, BoundsTheBody) {
    start();
    RawClient sized(port());
    const auto response =
        sized.exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2097153\r\n\r\n");
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "http: request body too large");
    EXPECT_EQ(response.header("Connection"), "close");
    RawClient in_chunks(port());
    EXPECT_EQ(
        in_chunks.exchange(chunked(std::vector<std::string>(3, std::string(kMiB, 'x')))).status,
        413);
}

TEST_F(HttpServerTest, SharesABudgetOfBodies) {
    options.body_budget = kMiB;
    options.budget_wait = 30 * kMilli;
    start();
    RawClient holder(port());
    holder.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\n\r\nx");
    RawClient small(port());
    wait_until([&] { return small.exchange(post(std::string(1000, 'x'))).status == 200; });

    RawClient other(port());
    const auto busy = other.exchange(post(std::string(600'000, 'x')));
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.header("Retry-After"), "1");
    RawClient never(port());
    EXPECT_EQ(
        never.exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1500000\r\n\r\n").status,
        413);

    holder.send(std::string(599'999, 'x'));
    EXPECT_EQ(holder.receive().status, 200);
    RawClient again(port());
    EXPECT_EQ(again.exchange(post(std::string(600'000, 'x'))).status, 200);
}

TEST_F(HttpServerTest, TakesBodiesFromABudgetThatOthersUseToo) {
    options.memory = std::make_shared<MemoryBudget>(kMiB);
    options.budget_wait = 30 * kMilli;
    start();
    ASSERT_TRUE(options.memory->take(600'000));
    RawClient client(port());
    EXPECT_EQ(client.exchange(post(std::string(600'000, 'x'))).status, 503);

    options.memory->give(600'000);
    RawClient again(port());
    EXPECT_EQ(again.exchange(post(std::string(600'000, 'x'))).status, 200);
}

TEST_F(HttpServerTest, GivesSlowHeadersUp) {
    options.header_timeout = 30 * kMilli;
    start();
    RawClient client(port());
    client.send("GET /ready HT");
    EXPECT_EQ(client.receive().status, 408);
    EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, GivesSlowBodiesUp) {
    options.body_timeout = 30 * kMilli;
    start();
    RawClient client(port());
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(client.receive().status, 408);
    RawClient in_chunks(port());
    in_chunks.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
    EXPECT_EQ(in_chunks.receive().status, 408);
}

TEST_F(HttpServerTest, ClosesIdleConnections) {
    options.idle_timeout = 30 * kMilli;
    start();
    RawClient client(port());
    EXPECT_EQ(client.exchange(kReady).status, 200);
    EXPECT_TRUE(client.closed());
    wait_until([this] { return server->connections() == 0; });
}

TEST_F(HttpServerTest, GivesSlowReadersUp) {
    options.write_timeout = 30 * kMilli;
    start();
    RawClient client(port(), 4096);
    client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_until([this] { return server->connections() == 0; });
}

TEST_F(HttpServerTest, SendsLargeAnswersWhole) {
    start();
    RawClient client(port());
    EXPECT_EQ(client.exchange("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").body,
              std::string(32 * kMiB, 'b'));
}

TEST_F(HttpServerTest, CancelsTheRequestOfALostClient) {
    start();
    RawClient client(port());
    // A pipelined request must not hide that the client has gone.
    client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kReady));
    wait_until([this] { return handlers.waiting.load() == 1; });

    client.close();

    wait_until([this] { return handlers.waiting.load() == 0; });
    EXPECT_EQ(handlers.reason.load(), CancelReason::kClientGone);
}

TEST_F(HttpServerTest, LetsPatientClientsWait) {
    start();
    RawClient client(port());
    client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_until([this] { return handlers.waiting.load() == 1; });
    RawClient other(port());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(other.exchange(kReady).status, 200);
    handlers.released.store(true);
    EXPECT_EQ(client.receive().body, "done");
    EXPECT_EQ(handlers.reason.load(), CancelReason::kNone);
}

TEST_F(HttpServerTest, TurnsAwayMoreConnectionsThanAllowed) {
    options.connections_max = 2;
    start();
    RawClient a(port());
    RawClient b(port());
    EXPECT_EQ(a.exchange(kReady).status, 200);
    EXPECT_EQ(b.exchange(kReady).status, 200);
    RawClient c(port());
    EXPECT_EQ(c.receive().status, 503);
    a.close();
    wait_until([this] { return RawClient(port()).exchange(kReady).status == 200; });
}

TEST_F(HttpServerTest, PacksAnswersForThoseWhoAsk) {
    start();
    const std::string text = pattern_bytes(40'000);
    RawClient client(port());
    const auto packed = client.exchange(post(text, "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
    BudgetShare share;
    const auto unpacked = unpack_body(packed.body, BodyEncoding::kGzip, kMiB, share);
    ASSERT_OK(unpacked);
    EXPECT_EQ(unpacked->view(), text);

    const auto plain = client.exchange(post(text));
    EXPECT_EQ(plain.header("Content-Encoding"), "");
    EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(plain.body, text);
    const auto small = client.exchange(post(text.substr(0, 1399), "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(small.header("Content-Encoding"), "");
    EXPECT_EQ(small.header("Vary"), "");
}

TEST_F(HttpServerTest, SurvivesAnExceptionOfAHandler) {
    start();
    RawClient client(port());
    EXPECT_EQ(client.exchange("GET /fail HTTP/1.1\r\nHost: x\r\n\r\n").status, 500);
    EXPECT_EQ(client.exchange(kReady).status, 200);
    EXPECT_NE(metrics_text().find("loki_panic_total 1"), std::string::npos);
}

TEST_F(HttpServerTest, CountsRequestsByRoute) {
    start();
    RawClient client(port());
    client.exchange(kReady);
    client.exchange("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    client.exchange(kReady);
    // A request is counted after its last byte was sent, so perhaps after it was received.
    wait_until([this] {
        return metrics_text().find(
                   "loki_request_duration_seconds_count{method=\"GET\",route=\"ready\",status_code="
                   "\"200\","
                   "ws=\"false\"} 2") != std::string::npos;
    });
    const std::string text = metrics_text();
    EXPECT_NE(text.find("route=\"notfound\",status_code=\"404\""), std::string::npos);
    EXPECT_NE(text.find("loki_inflight_requests{method=\"GET\",route=\"ready\"} 0"),
              std::string::npos);
    EXPECT_NE(text.find("loki_tcp_connections{protocol=\"http\"} 1"), std::string::npos);
}

TEST_F(HttpServerTest, StopsWithinItsGrace) {
    options.stop_grace = 10 * kNanosPerSecond;
    start();
    RawClient idle(port());
    EXPECT_EQ(idle.exchange(kReady).status, 200);
    RawClient running(port());
    running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_until([this] { return handlers.waiting.load() == 1; });

    auto stopping = std::async(std::launch::async, [this] { server->stop(); });
    EXPECT_TRUE(idle.closed());
    handlers.released.store(true);
    const auto last = running.receive();
    stopping.get();

    EXPECT_EQ(last.body, "done");
    EXPECT_EQ(last.header("Connection"), "close");
    EXPECT_FALSE(RawClient(port()).connected());
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTest, CancelsWhatOutlivesTheGrace) {
    start();
    RawClient running(port());
    running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    RawClient half(port());
    half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    wait_until([this] { return handlers.waiting.load() == 1; });

    server->stop();

    EXPECT_EQ(handlers.reason.load(), CancelReason::kShutdown);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
    start();
    HttpServer::Options same = options;
    same.port = port();
    const auto second =
        HttpServer::start(same, std::make_shared<Router>(true), io, workers, clock, metrics);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message,
              "can't listen on 127.0.0.1:" + std::to_string(port()) + ": Address already in use");
    same.address = "no such host";
    EXPECT_FALSE(
        HttpServer::start(same, std::make_shared<Router>(true), io, workers, clock, metrics));
}

}  // namespace
}  // namespace skald::api
