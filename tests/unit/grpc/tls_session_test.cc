// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a client encrypts arrives and what is written comes back, also when the sockets hold
// less; a client that does not ask for HTTP/2 is not let in.
// Method: Asio's client on a thread of its own, over loopback.
#include "tls_session.h"

#include "support/run_task.h"
#include "support/test_certificate.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace skald::grpc {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using tcp = asio::ip::tcp;
using Client = ssl::stream<tcp::socket>;

std::string bytes_of(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
    return bytes;
}

Result<std::unique_ptr<api::TlsCertificates>> certificates(Clock& clock, MetricsRegistry& metrics) {
    const support::TestCertificate made = support::make_test_certificate();
    api::TlsSettings settings;
    settings.cert = made.cert;
    settings.key = made.key;
    settings.http2 = true;
    return api::TlsCertificates::load(settings, clock, metrics);
}

class TlsSessionTest : public testing::Test {
protected:
    TlsSessionTest() { std::signal(SIGPIPE, SIG_IGN); }

    /// Connects, and runs `client` beside what `serve` makes of the session.
    bool run(const std::function<void(Client&)>& client,
             const std::function<Task<bool>(TlsSession&, TcpSocket&)>& serve) {
        asio::basic_socket_acceptor<tcp, Executor> acceptor(
            context_.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        std::thread beside([&, port = acceptor.local_endpoint().port()] {
            asio::io_context own;
            ssl::context settings(ssl::context::tls_client);
            Client stream(own, settings);
            stream.lowest_layer().connect({asio::ip::address_v4::loopback(), port});
            client(stream);
        });
        TcpSocket socket = acceptor.accept();
        socket.non_blocking(true);
        socket.set_option(asio::socket_base::send_buffer_size(16 << 10));
        TlsSession session(socket, certificates_->current());
        const bool result = support::run_task(context_, serve(session, socket));
        beside.join();
        return result;
    }

    static bool shake_hands(Client& client, const std::string& protocols) {
        SSL_set_alpn_protos(client.native_handle(),
                            reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
        boost::system::error_code ec;
        client.handshake(Client::client, ec);
        return !ec;
    }

    asio::io_context context_;
    SystemClock clock_;
    MetricsRegistry metrics_;
    const std::unique_ptr<api::TlsCertificates> certificates_ = *certificates(clock_, metrics_);
};

const std::string kHttp2 = "\x02h2";

TEST_F(TlsSessionTest, CarriesMoreThanTheSocketsHold) {
    const std::string sent = bytes_of(8 << 20);
    std::string returned(sent.size(), '\0');
    boost::system::error_code end;
    const bool served = run(
        [&](Client& client) {
            ASSERT_TRUE(shake_hands(client, kHttp2));
            asio::write(client, asio::buffer(sent));
            asio::read(client, asio::buffer(returned));
            char more = 0;
            client.read_some(asio::buffer(&more, 1), end);
        },
        [&](TlsSession& session, TcpSocket& socket) -> Task<bool> {
            if (!co_await session.shake_hands()) co_return false;
            std::string all;
            while (all.size() < sent.size()) {
                const Buffer piece = co_await session.next_piece();
                if (piece.empty()) co_return false;
                all += piece.view();
            }
            for (std::size_t at = 0; at < all.size(); at += 100'000)
                if (!co_await session.write_all(std::string_view(all).substr(at, 100'000)))
                    co_return false;
            session.say_goodbye();
            socket.close();
            const Buffer none = co_await session.next_piece();
            co_return none.empty() && !co_await session.write_all("x");
        });

    EXPECT_TRUE(served);
    EXPECT_EQ(returned, sent);
    EXPECT_EQ(end, asio::error::eof);
}

TEST_F(TlsSessionTest, LetsInOnlyWhoAsksForHttp2) {
    for (const auto& [protocols, passes] :
         {std::pair(kHttp2, true), std::pair("\x08http/1.1" + kHttp2, true),
          std::pair(std::string("\x08http/1.1"), false), std::pair(std::string(), false)}) {
        const bool served =
            run([&](Client& client) { shake_hands(client, protocols); },
                [](TlsSession& session, TcpSocket&) { return session.shake_hands(); });
        EXPECT_EQ(served, passes) << protocols;
    }
}

TEST_F(TlsSessionTest, EndsWithAClientThatIsGoneOrSpeaksNoTls) {
    for (const std::string garbage : {"", "\x16\x03\x01\x02", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
        EXPECT_FALSE(
            run([&](Client& client) { asio::write(client.next_layer(), asio::buffer(garbage)); },
                [](TlsSession& session, TcpSocket&) { return session.shake_hands(); }));
    }
    EXPECT_TRUE(run([](Client& client) { shake_hands(client, kHttp2); },
                    [](TlsSession& session, TcpSocket&) -> Task<bool> {
                        if (!co_await session.shake_hands()) co_return false;
                        const Buffer none = co_await session.next_piece();
                        co_return none.empty();
                    }));
}

}  // namespace
}  // namespace skald::grpc
