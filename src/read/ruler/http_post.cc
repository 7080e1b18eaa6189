// SPDX-License-Identifier: Apache-2.0
#include "http_post.h"

#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
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
#include <openssl/crypto.h>
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
constexpr std::uint64_t kPemBytesMax = 16 * kMiB;

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

Result<void> prepare_tls(asio::ssl::context& context, const ClientTls& tls) {
    ErrorCodeOf ec;
    const auto unusable = [&ec](const std::string& file) {
        return Error{ErrorCode::kUnavailable, file + ": " + ec.message()};
    };
    if (tls.ca_file.empty()) {
        context.set_default_verify_paths(ec);
    } else {
        SKALD_TRY(const std::string roots, read_regular_file(tls.ca_file, kPemBytesMax));
        if (context.add_certificate_authority(asio::buffer(roots), ec); ec)
            return unusable(tls.ca_file);
    }
    if (!tls.cert_file.empty()) {
        SKALD_TRY(const std::string cert, read_regular_file(tls.cert_file, kPemBytesMax));
        context.use_certificate_chain(asio::buffer(cert), ec);
        if (ec) return unusable(tls.cert_file);
        SKALD_TRY(std::string key, read_regular_file(tls.key_file, kPemBytesMax));
        context.use_private_key(asio::buffer(key), asio::ssl::context::pem, ec);
        OPENSSL_cleanse(key.data(), key.size());
        if (ec) return unusable(tls.key_file);
    }
    context.set_verify_mode(
        tls.insecure_skip_verify ? asio::ssl::verify_none : asio::ssl::verify_peer, ec);
    return {};
}

Task<Result<HttpReply>> exchange_by_tls(Stream stream, HttpPost& post) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    if (const Result<void> prepared = prepare_tls(context, post.tls); !prepared)
        co_return Error(prepared.error());
    const std::string name = post.tls.server_name.empty() ? post.target.host : post.tls.server_name;
    ErrorCodeOf ec;
    beast::ssl_stream<Stream> secure(std::move(stream), context);
    SSL_set_tlsext_host_name(secure.native_handle(), name.c_str());
    if (!post.tls.insecure_skip_verify)
        secure.set_verify_callback(asio::ssl::host_name_verification(name), ec);
    const auto [shaken] = co_await secure.async_handshake(asio::ssl::stream_base::client, kToken);
    if (shaken) co_return unreachable(post.target, shaken);
    Result<HttpReply> reply = co_await exchange(secure, post);
    co_return reply;
}

}  // namespace

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
