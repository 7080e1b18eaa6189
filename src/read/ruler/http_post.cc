// SPDX-License-Identifier: Apache-2.0
#include "http_post.h"

#include <skald/foundation/base/text_encoding.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>

namespace skald::read {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Stream = beast::basic_stream<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using ErrorCodeOf = boost::system::error_code;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr std::size_t kReplyBytesMax = 64 << 10;
constexpr std::size_t kReplyBytesKept = 256;

Error unreachable(const HttpTarget& target, const ErrorCodeOf& ec) {
    return {ErrorCode::kUnavailable, target.text() + ": " + ec.message()};
}

http::request<http::string_body> request_of(HttpPost& post) {
    http::request<http::string_body> request{http::verb::post, post.target.path, 11};
    request.set(http::field::host, post.target.host + ":" + post.target.port);
    request.set(http::field::user_agent, "skald");
    request.set(http::field::connection, "close");
    if (!post.target.authorization.empty())
        request.set(http::field::authorization, post.target.authorization);
    for (const auto& [name, value] : post.headers) request.set(name, value);
    request.body() = std::move(post.body);
    request.prepare_payload();
    return request;
}

/// Request and answer on a stream that is connected.
template <class Connected>
Task<Result<HttpReply>> exchange(Connected& stream, HttpPost& post) {
    const http::request<http::string_body> request = request_of(post);
    const auto [sent, count] = co_await http::async_write(stream, request, kToken);
    static_cast<void>(count);
    if (sent) co_return unreachable(post.target, sent);
    beast::flat_buffer buffer(kReplyBytesMax);
    http::response_parser<http::string_body> parser;
    parser.body_limit(kReplyBytesMax);
    const auto [got, bytes] = co_await http::async_read(stream, buffer, parser, kToken);
    static_cast<void>(bytes);
    if (!parser.is_header_done()) co_return unreachable(post.target, got);
    HttpReply reply;
    reply.status = static_cast<int>(parser.get().result_int());
    reply.body = parser.get().body().substr(0, kReplyBytesKept);
    co_return reply;
}

Task<Result<HttpReply>> exchange_by_tls(Stream stream, HttpPost& post) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    ErrorCodeOf ec;
    context.set_default_verify_paths(ec);
    context.set_verify_mode(asio::ssl::verify_peer, ec);
    beast::ssl_stream<Stream> secure(std::move(stream), context);
    SSL_set_tlsext_host_name(secure.native_handle(), post.target.host.c_str());
    secure.set_verify_callback(asio::ssl::host_name_verification(post.target.host), ec);
    const auto [shaken] = co_await secure.async_handshake(asio::ssl::stream_base::client, kToken);
    if (shaken) co_return unreachable(post.target, shaken);
    Result<HttpReply> reply = co_await exchange(secure, post);
    co_return reply;
}

}  // namespace

std::string HttpTarget::text() const {
    return (tls ? "https://" : "http://") + host + ":" + port + path;
}

std::string basic_authorization(std::string_view user, std::string_view password) {
    return "Basic " + encode_base64(std::string(user) + ":" + std::string(password));
}

Result<HttpTarget> parse_http_target(std::string_view url) {
    const std::string shown(url.substr(0, url.find("://")));
    HttpTarget target;
    if (url.starts_with("https://"))
        target.tls = true;
    else if (!url.starts_with("http://"))
        return Error{ErrorCode::kInvalidArgument,
                     "the URL must begin with http:// or https://, not with " + shown};
    url.remove_prefix(target.tls ? 8 : 7);
    const std::size_t slash = std::min(url.find_first_of("/?"), url.size());
    std::string_view authority = url.substr(0, slash);
    target.path = std::string(url.substr(slash));
    if (!target.path.starts_with('/')) target.path.insert(target.path.begin(), '/');
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        const std::size_t colon = std::min(user.find(':'), user.size());
        target.authorization = basic_authorization(user.substr(0, colon),
                                                   user.substr(std::min(colon + 1, user.size())));
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    target.port = has_port ? std::string(authority.substr(colon + 1)) : target.tls ? "443" : "80";
    target.host = std::string(authority.substr(0, has_port ? colon : authority.size()));
    if (target.host.starts_with('[') && target.host.ends_with(']'))
        target.host = target.host.substr(1, target.host.size() - 2);
    if (target.host.empty()) return Error{ErrorCode::kInvalidArgument, "the URL has no host"};
    return target;
}

Task<Result<HttpReply>> send(HttpPost post) {
    const Executor executor = co_await asio::this_coro::executor;
    Resolver resolver(executor);
    const auto [unknown, addresses] =
        co_await resolver.async_resolve(post.target.host, post.target.port, kToken);
    if (unknown) co_return unreachable(post.target, unknown);
    Stream stream(executor);
    stream.expires_after(std::chrono::nanoseconds(post.timeout));
    const auto [refused, endpoint] = co_await stream.async_connect(addresses, kToken);
    static_cast<void>(endpoint);
    if (refused) co_return unreachable(post.target, refused);
    if (post.target.tls) {
        Result<HttpReply> reply = co_await exchange_by_tls(std::move(stream), post);
        co_return reply;
    }
    Result<HttpReply> reply = co_await exchange(stream, post);
    co_return reply;
}

}  // namespace skald::read
