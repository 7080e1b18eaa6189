// SPDX-License-Identifier: Apache-2.0
#include "web_socket.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/utf8.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <algorithm>
#include <utility>

namespace skald::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
/// Clients have nothing to say; a longer message ends the connection.
constexpr std::size_t kInputMax = 64 * kKiB;

}  // namespace

std::string close_reason(std::string_view reason) {
    constexpr std::size_t kBytesMax = 123;
    constexpr std::string_view kCut = "…";
    if (reason.size() <= kBytesMax) return std::string(reason);
    std::string_view end = reason.substr(std::min(reason.rfind('('), reason.size()));
    if (end.size() + kCut.size() > kBytesMax) end = {};
    // Clients refuse a reason that ends within a character.
    const std::size_t kept = character_start(reason, kBytesMax - kCut.size() - end.size());
    return std::string(reason.substr(0, kept)).append(kCut).append(end);
}

WebSocket::WebSocket(Transport& transport, Clock& clock)
    : frames_(transport),
      stream_(frames_),
      wake_(frames_.get_executor()),
      clock_(clock),
      last_heard_(clock.now()),
      last_sent_(last_heard_) {
    stream_.read_message_max(kInputMax);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.control_callback(
        [this](websocket::frame_type, beast::string_view) { last_heard_ = clock_.now(); });
}

Task<bool> WebSocket::accept(const std::string& key) {
    beast::http::request<beast::http::empty_body> request;
    request.method(beast::http::verb::get);
    request.target("/");
    request.version(11);
    request.set(beast::http::field::host, "skald");
    request.set(beast::http::field::connection, "Upgrade");
    request.set(beast::http::field::upgrade, "websocket");
    request.set(beast::http::field::sec_websocket_version, "13");
    request.set(beast::http::field::sec_websocket_key, key);
    const auto [ec] = co_await stream_.async_accept(request, kToken);
    reads_ = !ec;
    co_return !ec;
}

Task<bool> WebSocket::write(std::shared_ptr<const WebSocketFrame> frame) {
    last_sent_ = clock_.now();
    if (frames_.takes_messages()) {
        frames_.send(std::move(frame));
        co_return co_await frames_.drain();
    }
    const auto [ec, count] = co_await stream_.async_write(asio::buffer(frame->text()), kToken);
    static_cast<void>(count);
    co_return !ec;
}

Task<> WebSocket::rest(MessageSource& source, Clock::TimePoint until) {
    resting_with_ = &source;
    rests_until_ = until;
    co_await wake_.wait_until(until);
    resting_with_ = nullptr;
}

void WebSocket::pump() {
    if (resting_with_ == nullptr || !frames_.takes_messages()) return wake_.notify();
    // What Beast has put in waits for the socket: messages come when it is written.
    while (frames_.drained()) {
        MessageSource::Next next = resting_with_->next();
        const bool goes_on_sleeping =
            next.kind == MessageSource::Kind::kWait && next.wait_until >= rests_until_;
        if (goes_on_sleeping) return;
        if (next.kind != MessageSource::Kind::kText) break;
        frames_.send(std::move(next.frame));
        last_sent_ = clock_.now();
        if (frames_.failed()) break;
    }
    wake_.notify();
}

Task<bool> WebSocket::ping() {
    last_sent_ = clock_.now();
    const auto [ec] = co_await stream_.async_ping({}, kToken);
    co_return !ec;
}

Task<> WebSocket::close(CloseCode code, std::string reason) {
    reason = close_reason(reason);
    websocket::close_reason why;
    why.code = static_cast<std::uint16_t>(code);
    why.reason = beast::string_view(reason.data(), reason.size());
    const auto [ec] = co_await stream_.async_close(why, kToken);
    static_cast<void>(ec);  // Gone or not, that is the end.
}

Task<> WebSocket::read() {
    while (true) {
        const auto [ec, count] = co_await stream_.async_read(input_, kToken);
        static_cast<void>(count);
        if (ec) break;
        input_.consume(input_.size());
        last_heard_ = clock_.now();
    }
    reads_ = false;
    wake_.notify();
}

}  // namespace skald::api
