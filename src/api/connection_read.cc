// SPDX-License-Identifier: Apache-2.0
//
// The reading half of Connection: header, body, and what is wrong with them.
#include "compression.h"
#include "connection.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/split.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace skald::api {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr std::size_t kBufferBytes = 8 * kKiB;        // What a request gets without asking.
constexpr std::size_t kChunkBufferBytes = 64 * kKiB;  // Chunks come through the buffer.
constexpr std::size_t kLoggedPathMax = 256;
constexpr auto kBudgetPause = std::chrono::milliseconds(10);
constexpr auto kDiscardTime = std::chrono::milliseconds(500);

HttpResponse bad_request() {
    return plain_text(400, "400 Bad Request");
}

HttpResponse parse_failure(const boost::system::error_code& ec) {
    if (ec == http::error::header_limit)
        return plain_text(431, "431 Request Header Fields Too Large");
    if (ec == http::error::bad_version) return plain_text(505, "505 HTTP Version Not Supported");
    return bad_request();
}

HttpResponse busy() {
    HttpResponse response =
        plain_text(503,
                   "too many bytes of other requests are in flight, try again later "
                   "(memory.requests)\n");
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

enum class Expectation { kNone, kContinue, kUnknown };

Expectation expectation_of(const HttpRequest& request) {
    const std::string list = request.headers.joined("Expect");
    std::string_view rest = list;
    Expectation expectation = Expectation::kNone;
    while (!rest.empty()) {
        const std::string_view one = trim_blanks(take_part(rest, ','));
        if (one.empty()) continue;
        if (!equal_ignoring_case(one, "100-continue")) return Expectation::kUnknown;
        expectation = Expectation::kContinue;
    }
    return expectation;
}

/// What makes it unclear where a request ends or whom it is for, and what nobody here can do.
/// Proxies in front may have read such a request in another way (RFC 9112, 3.2, 6.1; RFC 9110,
/// 10.1.1).
std::optional<HttpResponse> refuse_framing(const MessageParser& parser,
                                           const HttpRequest& request) {
    if (parser.has_transfer_encoding()) {
        if (parser.version() < 11)
            return plain_text(400, "400 Bad Request: Transfer-Encoding needs HTTP/1.1");
        // The whole list: of `gzip, chunked` the body would be what nobody unpacks.
        if (!equal_ignoring_case(request.headers.joined("Transfer-Encoding"), "chunked"))
            return plain_text(501, "501 Unsupported transfer encoding");
    }
    if (parser.version() == 11 && parser.hosts() == 0)
        return plain_text(400, "400 Bad Request: missing required Host header");
    if (parser.hosts() > 1) return plain_text(400, "400 Bad Request: too many Host headers");
    if (expectation_of(request) == Expectation::kUnknown)
        return plain_text(417, "417 Expectation Failed");
    return std::nullopt;
}

}  // namespace

Task<Connection::Step> Connection::fill(Phase phase, Clock::TimePoint deadline) {
    if (buffer_.full()) {
        const Step step = grow_buffer(std::max(kBufferBytes, buffer_.capacity() * 2));
        if (step != Step::kGoOn) co_return step;
    }
    watch_.wait(*this, phase, deadline);
    char* room = buffer_.room();
    const auto [ec, count] =
        co_await transport_.async_read_some(asio::buffer(room, buffer_.room_size()), kToken);
    if (expired_) co_return phase == Phase::kIdle ? Step::kClose : timed_out_reading();
    if (ec) co_return Step::kClose;
    buffer_.commit(count);
    co_return Step::kGoOn;
}

Connection::Step Connection::grow_buffer(std::size_t capacity) {
    const std::size_t before = std::max(buffer_.capacity(), kBufferBytes);
    if (capacity > before &&
        buffer_share_.grow(capacity - before) != BudgetShare::Outcome::kGranted) {
        return refuse(busy());
    }
    buffer_.grow(capacity);
    return Step::kGoOn;
}

Task<Connection::Step> Connection::read_header() {
    Exchange& exchange = *exchange_;
    const auto deadline = exchange.started + std::chrono::nanoseconds(core_.options.header_timeout);
    std::size_t used = 0;
    while (!exchange.parser.is_header_done()) {
        // Old clients end a body with an empty line that belongs to nothing (RFC 9112, 2.2).
        while (!exchange.parser.got_some() &&
               (buffer_.unread().starts_with('\r') || buffer_.unread().starts_with('\n'))) {
            buffer_.consume(1);
        }
        if (!buffer_.empty()) {
            boost::system::error_code ec;
            const std::string_view unread = buffer_.unread();
            const std::size_t count =
                exchange.parser.put(asio::const_buffer(unread.data(), unread.size()), ec);
            used += count;
            buffer_.consume(count);
            if (ec && ec != http::error::need_more) co_return refuse(parse_failure(ec));
            if (!ec) continue;
            if (used + buffer_.unread().size() >= core_.options.header_bytes_max) {
                co_return refuse(parse_failure(http::error::header_limit));
            }
        }
        const Step step = co_await fill(Phase::kTransfer, deadline);
        if (step != Step::kGoOn) co_return step;
    }
    if (used > core_.options.header_bytes_max)
        co_return refuse(parse_failure(http::error::header_limit));
    co_return check_header();
}

Connection::Step Connection::check_header() {
    Exchange& exchange = *exchange_;
    HttpRequest& request = exchange.request;
    exchange.keep_alive = exchange.parser.keep_alive();
    exchange.method = request.method;
    exchange.path = request.path.substr(0, kLoggedPathMax);
    exchange.body_left = !exchange.parser.is_done();
    if (auto refusal = refuse_framing(exchange.parser, request)) {
        exchange.keep_alive = false;
        exchange.body_left |= exchange.parser.has_transfer_encoding();  // Of unknown length.
        return refuse(*std::move(refusal));
    }
    exchange.match = core_.router->match(request.method, request.path, core_.surface);
    if (exchange.match.route != nullptr) exchange.route = exchange.match.route->name;
    if (auto refusal = core_.router->refuse(exchange.match, request))
        return refuse(*std::move(refusal));
    if (request.tenant) exchange.tenant = request.tenant->text();
    for (const TenantId& tenant : request.more_tenants) exchange.tenant += "|" + tenant.text();
    exchange.wants_gzip = accepts_gzip(request.headers.find("Accept-Encoding").value_or(""));
    request.share = BudgetShare(core_.budget);
    return Step::kGoOn;
}

Task<Connection::Step> Connection::read_body() {
    Exchange& exchange = *exchange_;
    if (exchange.parser.is_done()) co_return Step::kGoOn;
    const auto length = exchange.parser.content_length();
    if (length && *length > exchange.match.route->body_bytes_max) co_return refuse_body(*length);
    if (length) {
        const Step reserved = co_await reserve(*length);
        if (reserved != Step::kGoOn) co_return reserved;
    }
    // Clients of HTTP/1.0 know no such answer, whatever they say (RFC 9110, 10.1.1).
    if (buffer_.empty() && exchange.parser.version() == 11 &&
        expectation_of(exchange.request) == Expectation::kContinue) {
        const Step sent = co_await send_continue();
        if (sent != Step::kGoOn) co_return sent;
    }
    const Step step = length ? co_await read_sized_body(*length) : co_await read_chunked_body();
    if (step == Step::kGoOn) exchange.body_left = false;
    co_return step;
}

Task<Connection::Step> Connection::read_sized_body(std::uint64_t size) {
    const auto started = core_.clock.now();
    Buffer body = make_body_buffer(size);
    std::size_t have = std::min<std::size_t>(buffer_.unread().size(), size);
    std::memcpy(body.data(), buffer_.unread().data(), have);
    buffer_.consume(have);
    while (have < size) {
        watch_.wait(*this, Phase::kTransfer,
                    transfer_deadline(started, have, core_.options.body_timeout));
        const auto [ec, count] = co_await transport_.async_read_some(
            asio::buffer(body.data() + have, size - have), kToken);
        if (expired_) co_return timed_out_reading();
        if (ec) co_return Step::kClose;
        have += count;
    }
    exchange_->body_bytes = size;
    exchange_->request.body = std::move(body);
    co_return Step::kGoOn;
}

Task<Connection::Step> Connection::read_chunked_body() {
    Exchange& exchange = *exchange_;
    const auto started = core_.clock.now();
    const std::uint64_t limit = exchange.match.route->body_bytes_max;
    const Step grown = grow_buffer(std::max(kChunkBufferBytes, buffer_.capacity()));
    if (grown != Step::kGoOn) co_return grown;
    Buffer body = make_body_buffer(0);
    std::size_t size = 0;
    std::size_t room = 0;
    while (!exchange.parser.is_done()) {
        boost::system::error_code ec = http::error::need_more;
        if (!buffer_.empty()) {
            const std::string_view unread = buffer_.unread();
            ec = {};
            const std::size_t count =
                exchange.parser.put(asio::const_buffer(unread.data(), unread.size()), ec);
            const std::string_view piece = exchange.parser.take_piece();
            if (size + piece.size() > limit) co_return refuse_body(size + piece.size());
            if (size + piece.size() > room) {
                const std::size_t wanted =
                    std::max({room * 2, size + piece.size(), kChunkBufferBytes});
                const Step reserved = co_await reserve(wanted - room);
                if (reserved != Step::kGoOn) co_return reserved;
                room = wanted;
                body.resize(room + kBodyPadding);
            }
            if (!piece.empty()) std::memcpy(body.data() + size, piece.data(), piece.size());
            size += piece.size();
            buffer_.consume(count);
        }
        if (!ec) continue;
        if (ec != http::error::need_more) co_return refuse(bad_request());
        // A chunk's size or a trailer that fills the whole buffer is no honest one.
        if (buffer_.full()) co_return refuse(bad_request());
        const Step step = co_await fill(
            Phase::kTransfer, transfer_deadline(started, size, core_.options.body_timeout));
        if (step != Step::kGoOn) co_return step;
    }
    body.resize(size);
    exchange.body_bytes = size;
    exchange.request.body = std::move(body);
    co_return Step::kGoOn;
}

Task<Connection::Step> Connection::send_continue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    watch_.wait(*this, Phase::kTransfer,
                transfer_deadline(core_.clock.now(), 0, core_.options.write_timeout));
    const auto [ec, count] =
        co_await asio::async_write(transport_, asio::buffer(kContinue), kToken);
    static_cast<void>(count);
    co_return ec ? Step::kClose : Step::kGoOn;
}

Task<Connection::Step> Connection::reserve(std::uint64_t bytes) {
    const auto patience = core_.clock.now() + std::chrono::nanoseconds(core_.options.budget_wait);
    while (true) {
        switch (exchange_->request.share.grow(bytes)) {
            case BudgetShare::Outcome::kGranted: co_return Step::kGoOn;
            case BudgetShare::Outcome::kNever:
                tell_refused_body(exchange_->request.share.bytes() + bytes);
                co_return refuse(plain_text(
                    413,
                    "request body too large: it does not fit into the memory for requests "
                    "(memory.requests)\n"));
            case BudgetShare::Outcome::kBusy: break;
        }
        if (core_.clock.now() >= patience) co_return refuse(busy());
        watch_.handle(*this);  // Nothing is read meanwhile, but a client that leaves is noticed.
        co_await core_.clock.sleep_until(core_.clock.now() + kBudgetPause);
        if (running_.cancelled()) co_return Step::kClose;
    }
}

void Connection::tell_refused_body(std::uint64_t size) const {
    const Router::Route& route = *exchange_->match.route;
    if (route.body_refused) route.body_refused(exchange_->request, size);
}

Connection::Step Connection::refuse_body(std::uint64_t size) {
    const Router::Route& route = *exchange_->match.route;
    tell_refused_body(size);
    if (route.body_refusal)
        return refuse(route.body_refusal(exchange_->request, size, route.body_bytes_max));
    return refuse(plain_text(413, "http: request body too large"));
}

Connection::Step Connection::refuse(HttpResponse response) {
    exchange_->response = std::move(response);
    if (!exchange_->parser.is_header_done()) exchange_->keep_alive = false;
    return Step::kAnswer;
}

Connection::Step Connection::timed_out_reading() {
    if (core_.aborting.load()) return Step::kClose;
    expired_ = false;
    exchange_->keep_alive = false;
    const bool in_header = !exchange_->parser.is_header_done();
    return refuse(
        plain_text(408, in_header ? "408 Request Timeout (server.http_server_read_header_timeout)"
                                  : "408 Request Timeout (server.http_server_read_timeout)"));
}

Task<> Connection::discard_rest() {
    const auto deadline = core_.clock.now() + kDiscardTime;
    buffer_.consume(buffer_.unread().size());
    if (buffer_.capacity() == 0) buffer_.grow(kBufferBytes);
    while (core_.clock.now() < deadline) {
        watch_.wait(*this, Phase::kTransfer, deadline);
        char* room = buffer_.room();
        const auto [ec, count] =
            co_await transport_.async_read_some(asio::buffer(room, buffer_.room_size()), kToken);
        static_cast<void>(count);  // Read over and over into the same place.
        if (ec || expired_) co_return;
    }
}

}  // namespace skald::api
