// SPDX-License-Identifier: Apache-2.0
#include "relays.h"

#include "tls_session.h"
#include "wire_guard.h"

#include <skald/foundation/telemetry/log.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace skald::grpc {

namespace {

namespace asio = boost::asio;

using LocalSocket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

constexpr auto kPingGrace = std::chrono::seconds(1);
constexpr auto kStopGrace = std::chrono::seconds(1);
constexpr auto kLateNap = std::chrono::milliseconds(20);
constexpr auto kStopNap = std::chrono::milliseconds(5);

}  // namespace

/// Single-owner: both directions run on the thread of its sockets.
struct Relays::Pair {
    Pair(TcpSocket socket, std::size_t calls_max, std::shared_ptr<std::atomic<std::size_t>> counted)
        : client(std::move(socket)),
          library(client.get_executor()),
          guard(calls_max),
          open(std::move(counted)) {
        ++*open;
    }
    ~Pair() { --*open; }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    Task<Buffer> asked() { return tls != nullptr ? tls->next_piece() : next_piece(client); }
    Task<bool> answer(std::string_view bytes) {
        return tls != nullptr ? tls->write_all(bytes) : write_all(client, bytes);
    }
    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        library.close(ignored);
    }

    TcpSocket client;
    std::unique_ptr<TlsSession> tls;  ///< Null: none.
    LocalSocket library;              ///< Not open: the TLS handshake is under way.
    WireGuard guard;
    const std::shared_ptr<std::atomic<std::size_t>> open;  ///< How many there are.
};

Relays::Relays(std::unique_ptr<api::TlsCertificates> certificates, IoThreads& io, Clock& clock,
               Options options, MetricsRegistry& metrics)
    : certificates_(std::move(certificates)),
      io_(io),
      clock_(clock),
      options_(options),
      refused_(metrics.counter("skald_grpc_connections_abused_total",
                               "Connections that were closed because of what came over them.")),
      failed_handshakes_(metrics.counter("skald_grpc_tls_failed_handshakes_total",
                                         "TLS handshakes of gRPC clients that failed.")) {}

Relays::~Relays() {
    close_handshakes();
    stop();
}

/// Most clients that have not heard of the limit yet take it to be a hundred.
std::size_t Relays::calls_max() const {
    constexpr std::size_t kCallsMin = 200;
    constexpr std::size_t kCallsWithoutLimit = 10'000;
    if (options_.streams_max == 0) return kCallsWithoutLimit;
    return std::max(2 * options_.streams_max, kCallsMin);
}

Result<void> Relays::add(TcpSocket client, const Take& take) {
    const Executor executor = client.get_executor();
    boost::system::error_code ec;
    client.non_blocking(true, ec);
    if (ec) return Error{ErrorCode::kUnavailable, ec.message()};
    client.set_option(asio::ip::tcp::no_delay(true), ec);
    const auto dead_ms = static_cast<unsigned>(
        std::clamp<DurationNs>(options_.dead_after / kNanosPerMilli, 1, 24 * 3600 * 1000));
    setsockopt(client.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
    auto pair = std::make_shared<Pair>(std::move(client), calls_max(), open_);
    pairs_.with([&](auto& pairs) {
        std::erase_if(pairs, [](const std::weak_ptr<Pair>& each) { return each.expired(); });
        pairs.push_back(pair);
    });
    if (certificates_ == nullptr) return begin(pair, take);
    pair->tls = std::make_unique<TlsSession>(pair->client, certificates_->current());
    handshakes_.spawn(executor, shake_hands(pair, take));
    return {};
}

Task<> Relays::shake_hands(PairPtr pair, const Take& take) {
    using asio::experimental::awaitable_operators::operator||;
    const auto end = clock_.now() + std::chrono::nanoseconds(options_.handshake_timeout);
    const std::variant<bool, std::monostate> done =
        co_await (pair->tls->shake_hands() || clock_.sleep_until(end));
    const bool* const shaken = std::get_if<bool>(&done);
    if (shaken == nullptr || !*shaken) {
        failed_handshakes_.add();
        log_debug("a TLS handshake of gRPC failed");
        co_return pair->close();
    }
    const Result<void> begun = begin(pair, take);
    if (begun) co_return;
    log_warn("a gRPC connection can't be served", {{"why", begun.error().message}});
    pair->close();
}

Result<void> Relays::begin(const PairPtr& pair, const Take& take) {
    const Executor executor = pair->client.get_executor();
    boost::system::error_code ec;
    LocalSocket theirs(executor);
    asio::local::connect_pair(pair->library, theirs, ec);
    if (!ec) theirs.native_non_blocking(true, ec);
    if (!ec) pair->library.non_blocking(true, ec);
    const int descriptor = ec ? -1 : theirs.release(ec);
    if (ec) return Error{ErrorCode::kUnavailable, ec.message()};
    tasks_.spawn(executor, carry_in(pair));
    tasks_.spawn(executor, carry_out(pair));
    take(descriptor);
    return {};
}

Task<> Relays::carry_in(PairPtr pair) {
    for (;;) {
        const Buffer piece = co_await pair->asked();
        if (piece.empty()) break;
        const Result<void> passes = pair->guard.check(piece.view(), clock_.now());
        if (!passes) {
            refused_.add();
            log_debug("a gRPC connection is closed", {{"why", passes.error().message}});
            co_return pair->close();
        }
        // The library may have ended its end behind its last answers.
        if (!co_await write_all(pair->library, piece.view())) break;
    }
    // Answers to what came before still go out; carry_out closes both.
    boost::system::error_code ignored;
    pair->library.shutdown(LocalSocket::shutdown_send, ignored);
}

Task<> Relays::carry_out(PairPtr pair) {
    for (;;) {
        const Buffer piece = co_await next_piece(pair->library);
        if (piece.empty() || !co_await pair->answer(piece.view())) break;
        // What the client has not taken has not ended for it.
        pair->guard.watch_answers(piece.view());
    }
    if (pair->tls != nullptr) pair->tls->say_goodbye();
    pair->close();
}

void Relays::end_within(DurationNs grace) {
    const Clock::TimePoint end = clock_.now() + kPingGrace + std::chrono::nanoseconds(grace);
    ending_.spawn(io_.at(0).get_executor(), close_late(end));
}

Task<> Relays::close_late(Clock::TimePoint end) {
    const Clock::TimePoint answered = clock_.now() + kPingGrace;
    while (!ending_.closing()) {
        const Clock::TimePoint now = clock_.now();
        if (now >= end) {
            close_if([](const Pair&) { return true; });
        } else if (now >= answered) {
            close_if([](const Pair& pair) { return !pair.guard.has_calls(); });
        }
        co_await clock_.sleep_until(now + kLateNap);
    }
}

void Relays::stop() {
    ending_.close();
    if (tasks_.running() > 0) tasks_.spawn(io_.at(0).get_executor(), close_soon());
    tasks_.close();
}

Task<> Relays::close_soon() {
    const Clock::TimePoint end = clock_.now() + kStopGrace;
    while (tasks_.running() > 1 && clock_.now() < end)
        co_await clock_.sleep_until(clock_.now() + kStopNap);
    close_if([](const Pair&) { return true; });
}

void Relays::close_if(bool (*is_closed)(const Pair&)) {
    pairs_.with([=](auto& pairs) {
        for (const std::weak_ptr<Pair>& each : pairs) {
            const PairPtr pair = each.lock();
            if (pair == nullptr) continue;
            // Weak, so that no pair outlives the two that carry its bytes.
            asio::post(pair->client.get_executor(), [=] {
                const PairPtr open = each.lock();
                if (open != nullptr && is_closed(*open)) open->close();
            });
        }
    });
}

void Relays::close_handshakes() {
    close_if([](const Pair& pair) { return !pair.library.is_open(); });
    handshakes_.close();
}

}  // namespace skald::grpc
