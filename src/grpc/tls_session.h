// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "socket_pieces.h"

#include <skald/api/tls_certificates.h>
#include <skald/foundation/base/buffer.h>
#include <skald/foundation/runtime/task.h>

#include <openssl/ssl.h>

#include <memory>
#include <string_view>

namespace skald::grpc {

/// The server's side of TLS on a client's socket. Asio's own would hold 34 KiB of buffers for a
/// connection that says nothing; this one holds none.
/// SIGPIPE must be ignored.
/// Threading: single-owner, on the socket's loop; one read and one write at a time.
class TlsSession {
public:
    using Context = api::TlsCertificates::Context;

    /// `socket` must not block, and must outlive it. The context is shared with later sessions.
    TlsSession(TcpSocket& socket, std::shared_ptr<Context> context);

    /// True if the client is let in and speaks HTTP/2; comes first.
    Task<bool> shake_hands();
    /// As the functions of the same names for a plain socket.
    Task<Buffer> next_piece();
    Task<bool> write_all(std::string_view bytes);
    /// Tells the client that nothing follows, if that can be told at once.
    void say_goodbye();

private:
    struct Free {
        void operator()(SSL* session) const { SSL_free(session); }
    };

    /// Does `step` until it needs nothing of the socket; what it returned, 0 or less if it failed.
    template <class Step>
    Task<int> finish(Step step);
    template <class Step>
    int once(Step step);
    /// Waits for what a step needs that returned `result`; false: nothing helps.
    Task<bool> wait_for(int result);
    Buffer read_some(int& result);

    TcpSocket& socket_;
    const std::shared_ptr<Context> context_;
    const std::unique_ptr<SSL, Free> session_;
};

}  // namespace skald::grpc
