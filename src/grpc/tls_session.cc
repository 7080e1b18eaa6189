// SPDX-License-Identifier: Apache-2.0
#include "tls_session.h"

#include <skald/foundation/base/assert.h>

#include <openssl/err.h>

#include <utility>

namespace skald::grpc {

TlsSession::TlsSession(TcpSocket& socket, std::shared_ptr<Context> context)
    : socket_(socket), context_(std::move(context)), session_(SSL_new(context_->native_handle())) {
    SKALD_ASSERT(session_ != nullptr);
    SKALD_ASSERT(SSL_set_fd(session_.get(), socket_.native_handle()) == 1);
    // Else it reads the head of each record by itself.
    SSL_set_read_ahead(session_.get(), 1);
}

template <class Step>
Task<int> TlsSession::finish(Step step) {
    for (;;) {
        const int result = once(step);
        if (result > 0 || !co_await wait_for(result)) co_return result;
    }
}

/// The library would go on with the number of a socket that was closed meanwhile.
template <class Step>
int TlsSession::once(Step step) {
    if (!socket_.is_open()) return -1;
    ERR_clear_error();
    return step();
}

Task<bool> TlsSession::wait_for(int result) {
    if (!socket_.is_open()) co_return false;
    const int needs = SSL_get_error(session_.get(), result);
    if (needs != SSL_ERROR_WANT_READ && needs != SSL_ERROR_WANT_WRITE) co_return false;
    auto [failed] = co_await socket_.async_wait(
        needs == SSL_ERROR_WANT_READ ? TcpSocket::wait_read : TcpSocket::wait_write, kToken);
    co_return !failed;
}

Task<bool> TlsSession::shake_hands() {
    const int done = co_await finish([this] { return SSL_accept(session_.get()); });
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &protocol, &size);
    // The context agrees to nothing but HTTP/2, but a client may not have asked.
    co_return done > 0 && size > 0;
}

Task<Buffer> TlsSession::next_piece() {
    if (SSL_has_pending(session_.get()) == 0) {
        auto [failed] = co_await socket_.async_wait(TcpSocket::wait_read, kToken);
        if (failed) co_return Buffer();
    }
    for (;;) {
        int result = 0;
        Buffer piece = read_some(result);
        if (result > 0 || !co_await wait_for(result)) co_return piece;
    }
}

/// Empty, without memory, if nothing is there.
Buffer TlsSession::read_some(int& result) {
    Buffer piece(kPieceBytes);
    result = once(
        [&] { return SSL_read(session_.get(), piece.data(), static_cast<int>(piece.size())); });
    if (result <= 0) return {};
    piece.resize(static_cast<std::size_t>(result));
    return piece;
}

Task<bool> TlsSession::write_all(std::string_view bytes) {
    const auto size = static_cast<int>(bytes.size());
    co_return co_await finish([&] { return SSL_write(session_.get(), bytes.data(), size); }) > 0;
}

void TlsSession::say_goodbye() {
    once([this] { return SSL_shutdown(session_.get()); });
}

}  // namespace skald::grpc
