// SPDX-License-Identifier: Apache-2.0
//
// Goal: a relay carries what is allowed, with TLS and without, and lets go of all else.
// Method: clients over loopback; the descriptor that gRPC would serve is read by the test.
#include "relays.h"

#include "support/test_certificate.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/telemetry/metrics.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace skald::grpc {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using tcp = asio::ip::tcp;

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const std::string kRefused = "GET / HTTP/1.1\r\n\r\n";

std::unique_ptr<api::TlsCertificates> certificates(Clock& clock, MetricsRegistry& metrics) {
    const support::TestCertificate made = support::make_test_certificate();
    api::TlsSettings settings;
    settings.cert = made.cert;
    settings.key = made.key;
    settings.http2 = true;
    return *api::TlsCertificates::load(settings, clock, metrics);
}

/// What comes out of a descriptor that does not block, until so much is there or it ends.
std::string read_from(int descriptor, std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
        pollfd wait{descriptor, POLLIN, 0};
        poll(&wait, 1, -1);
        char piece[4096];
        const ssize_t taken = read(descriptor, piece, std::min(sizeof piece, size - bytes.size()));
        if (taken <= 0) break;
        bytes.append(piece, static_cast<std::size_t>(taken));
    }
    return bytes;
}

class RelaysTest : public testing::TestWithParam<bool> {
protected:
    RelaysTest() { std::signal(SIGPIPE, SIG_IGN); }

    static constexpr DurationNs kLong = 3600 * kNanosPerSecond;

    std::unique_ptr<Relays> make_relays(DurationNs handshake_timeout = kLong) {
        return std::make_unique<Relays>(GetParam() ? certificates(clock_, metrics_) : nullptr, io_,
                                        clock_, Relays::Options{handshake_timeout, kLong, 10},
                                        metrics_);
    }

    /// A client that is connected to a relay.
    tcp::socket connect(Relays& relays, const Relays::Take& take) {
        tcp::acceptor acceptor(own_, {asio::ip::address_v4::loopback(), 0});
        tcp::socket client(own_);
        client.connect(acceptor.local_endpoint());
        TcpSocket accepted(io_.next().get_executor(), tcp::v4(), acceptor.accept().release());
        EXPECT_TRUE(relays.add(std::move(accepted), take));
        return client;
    }

    /// Sends, then returns what comes until the end.
    template <class Stream>
    static std::string exchange(Stream& stream, const std::string& sent, std::size_t wanted) {
        asio::write(stream, asio::buffer(sent));
        std::string answer(wanted, '\0');
        boost::system::error_code ec;
        answer.resize(asio::read(stream, asio::buffer(answer), ec));
        return answer;
    }

    std::string ask(tcp::socket client, const std::string& sent, std::size_t wanted) const {
        if (!GetParam()) return exchange(client, sent, wanted);
        ssl::context settings(ssl::context::tls_client);
        ssl::stream<tcp::socket> stream(std::move(client), settings);
        static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
        SSL_set_alpn_protos(stream.native_handle(), kHttp2, sizeof kHttp2);
        stream.handshake(ssl::stream_base::client);
        return exchange(stream, sent, wanted);
    }

    asio::io_context own_;
    IoThreads io_{2};
    SystemClock clock_;
    MetricsRegistry metrics_;
};

TEST_P(RelaysTest, CarriesBothWays) {
    std::promise<int> taken;
    const Relays::Take take = [&](int descriptor) { taken.set_value(descriptor); };
    auto relays = make_relays();
    tcp::socket client = connect(*relays, take);
    auto answer =
        std::async(std::launch::async, [&] { return ask(std::move(client), kPreface, 6); });

    const int descriptor = taken.get_future().get();
    EXPECT_EQ(read_from(descriptor, kPreface.size()), kPreface);
    EXPECT_EQ(write(descriptor, "answer", 6), 6);
    EXPECT_EQ(answer.get(), "answer");
    EXPECT_EQ(read_from(descriptor, 1), "") << "the client is gone";
    const auto open = relays->open();
    EXPECT_EQ(*open, 1U) << "answers may still come";
    close(descriptor);
    relays.reset();
    EXPECT_EQ(*open, 0U);
}

TEST_P(RelaysTest, ClosesWhatIsRefused) {
    std::promise<int> taken;
    const Relays::Take take = [&](int descriptor) { taken.set_value(descriptor); };
    const auto relays = make_relays();

    EXPECT_EQ(ask(connect(*relays, take), kRefused, 1), "");
    const int descriptor = taken.get_future().get();
    EXPECT_EQ(read_from(descriptor, 1), "");
    close(descriptor);
}

TEST_P(RelaysTest, EndsHandshakesThatTakeTooLong) {
    if (!GetParam()) return;
    const Relays::Take take = [](int) { ADD_FAILURE(); };
    const auto relays = make_relays(kNanosPerMilli);
    tcp::socket client = connect(*relays, take);
    EXPECT_EQ(exchange(client, "", 1), "");
}

TEST_P(RelaysTest, EndsHandshakesUnderWayWhenItStops) {
    if (!GetParam()) return;
    const Relays::Take take = [](int) { ADD_FAILURE(); };
    const auto relays = make_relays();
    std::vector<tcp::socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(connect(*relays, take));
    relays->close_handshakes();
    for (tcp::socket& client : clients) EXPECT_EQ(exchange(client, "", 1), "");
}

TEST_P(RelaysTest, ClosesSilentClientsWhenGrpcStopsAndOthersWhenTheirCallsHaveEnded) {
    const std::string call("\0\0\0\1\4\0\0\0\1", 9);
    const std::string end_of_call("\0\0\0\0\1\0\0\0\1", 9);
    const auto relays = make_relays();
    std::vector<int> descriptors;
    std::vector<std::future<std::string>> answers;
    for (const std::string& sent : {kPreface, kPreface + call}) {
        std::promise<int> taken;
        const Relays::Take take = [&](int descriptor) { taken.set_value(descriptor); };
        auto client = std::make_shared<tcp::socket>(connect(*relays, take));
        answers.push_back(std::async(std::launch::async, [this, client, sent] {
            return ask(std::move(*client), sent, 100);
        }));
        descriptors.push_back(taken.get_future().get());
        EXPECT_EQ(read_from(descriptors.back(), sent.size()), sent);
    }

    relays->end_within(kLong);
    EXPECT_EQ(answers[0].get(), "");
    EXPECT_EQ(read_from(descriptors[0], 1), "");
    EXPECT_EQ(write(descriptors[1], end_of_call.data(), end_of_call.size()), 9);
    EXPECT_EQ(answers[1].get(), end_of_call);
    for (const int descriptor : descriptors) close(descriptor);
}

TEST_P(RelaysTest, ClosesClientsWithCallsWhenGrpcHasCancelledThem) {
    const std::string call("\0\0\0\1\4\0\0\0\1", 9);
    const auto relays = make_relays();
    std::promise<int> taken;
    const Relays::Take take = [&](int descriptor) { taken.set_value(descriptor); };
    auto client = std::make_shared<tcp::socket>(connect(*relays, take));
    auto answer = std::async(std::launch::async,
                             [&] { return ask(std::move(*client), kPreface + call, 100); });
    const int descriptor = taken.get_future().get();

    EXPECT_EQ(read_from(descriptor, kPreface.size() + call.size()), kPreface + call);

    relays->end_within(0);
    EXPECT_EQ(answer.get(), "");
    EXPECT_EQ(read_from(descriptor, 1), "");
    close(descriptor);
}

TEST_P(RelaysTest, CarriesManyAtOnce) {
    const Relays::Take take = [](int descriptor) {
        if (read_from(descriptor, kPreface.size()) == kPreface)
            static_cast<void>(write(descriptor, "answer", 6));
        close(descriptor);
    };
    std::vector<std::future<void>> served;
    std::mutex mutex;
    const Relays::Take beside = [&](int descriptor) {
        const std::lock_guard hold(mutex);
        served.push_back(std::async(std::launch::async, take, descriptor));
    };
    const auto relays = make_relays();
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 30; ++i) {
        auto client = std::make_shared<tcp::socket>(connect(*relays, beside));
        answers.push_back(std::async(
            std::launch::async, [this, client] { return ask(std::move(*client), kPreface, 7); }));
    }
    for (std::future<std::string>& each : answers) EXPECT_EQ(each.get(), "answer");
    relays->close_handshakes();
}

INSTANTIATE_TEST_SUITE_P(Relays, RelaysTest, testing::Values(false, true),
                         [](const auto& test) { return test.param ? "tls" : "plain"; });

}  // namespace
}  // namespace skald::grpc
