// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body_source.h"
#include "budget_share.h"
#include "connection_watch.h"
#include "http_message.h"
#include "message_parser.h"
#include "message_source.h"
#include "read_buffer.h"
#include "router.h"
#include "server_core.h"
#include "transport.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace skald::api {

class WebSocket;

/// One client: reads requests one after the other and answers each before the next.
///
/// Invariants: between requests it holds no buffer; while it waits for the socket it has a
/// deadline. Threading: single-owner; everything happens on the loop that the socket belongs to.
class Connection final : public Watched {
public:
    /// `core` and `watch` must outlive it; `watch` is the one of the socket's loop.
    /// Without `tls`: plain HTTP.
    Connection(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls, ServerCore& core,
               ConnectionWatch& watch);
    ~Connection() override;

    /// Serves until either side closes.
    Task<> run();

private:
    /// One request and what becomes of it.
    struct Exchange {
        explicit Exchange(std::uint32_t header_bytes_max) : parser(request, header_bytes_max) {}

        HttpRequest request;
        MessageParser parser;
        Router::Match match;
        HttpResponse response;
        Clock::TimePoint started;
        std::string route;
        std::string path;
        std::string tenant;
        Method method = Method::kOther;
        std::uint64_t body_bytes = 0;
        std::uint64_t sent = 0;  ///< Bytes of the answer, head and chunks included.
        bool wants_gzip = false;
        bool keep_alive = true;
        bool body_left = false;  ///< A body that nobody has read follows the header.
        std::string socket_key;  ///< Of a WebSocket's handshake.
    };
    /// What a step says about the next one.
    enum class Step {
        kGoOn,
        kAnswer,  ///< Send exchange_->response now.
        kClose,   ///< Nobody is there to be told.
    };

    void expire() noexcept override;
    int native_handle() noexcept override { return socket().native_handle(); }
    void cancel_request(CancelReason reason) noexcept override;
    bool is_endless() const noexcept override { return endless_; }

    Socket& socket() noexcept { return transport_.socket(); }
    Task<bool> shake_hands();
    Task<bool> wait_for_request();
    Task<> say_goodbye();
    Task<bool> serve_one();

    Task<Step> read_header();
    /// Reads what comes next into the buffer.
    Task<Step> fill(Phase phase, Clock::TimePoint deadline);
    Step grow_buffer(std::size_t capacity);
    Step check_header();
    Task<Step> read_body();
    Task<Step> read_sized_body(std::uint64_t size);
    Task<Step> read_chunked_body();
    Task<Step> send_continue();
    Task<Step> reserve(std::uint64_t bytes);
    Step refuse_body(std::uint64_t size);
    void tell_refused_body(std::uint64_t size) const;
    Step refuse(HttpResponse response);
    Step timed_out_reading();
    /// Reads what a refused client still sends, for a moment, so that it sees the answer.
    Task<> discard_rest();

    Task<> handle();
    Task<> serve_socket();
    Task<> end_socket(std::shared_ptr<WebSocket> web_socket, MessageSource::Next last, bool open);
    /// Packs what is worth it.
    Task<> prepare_body();
    Task<bool> answer();
    Task<bool> write(std::string head);
    Task<bool> write_all(std::array<std::string_view, 3> parts, Clock::TimePoint started);
    void account();

    Clock::TimePoint transfer_deadline(Clock::TimePoint started, std::uint64_t bytes,
                                       DurationNs timeout) const;

    Transport transport_;
    ServerCore& core_;
    ConnectionWatch& watch_;
    ReadBuffer buffer_;
    BudgetShare buffer_share_;  ///< What the read buffer takes beyond its usual size.
    std::unique_ptr<Exchange> exchange_;
    CancelToken running_;  ///< Of the exchange's request.
    /// While it is a WebSocket that has nothing to send: tells it that the server stops.
    WebSocket* resting_socket_ = nullptr;
    bool expired_ = false;
    bool endless_ = false;  ///< It is a WebSocket.
};

/// Runs a connection that its coroutine owns.
Task<> run_connection(std::unique_ptr<Connection> connection);

}  // namespace skald::api
