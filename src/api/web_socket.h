// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "message_source.h"
#include "transport.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/wake_up.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <string>
#include <string_view>

namespace skald::api {

/// The server's end of a WebSocket (RFC 6455) on a socket that it does not own.
///
/// Messages of the client are read, so that pings and its close are answered, and thrown away.
/// Threading: single-owner, on the socket's loop; `read` runs beside the other calls.
class WebSocket {
public:
    /// What is passed by reference must outlive it.
    WebSocket(Transport& transport, const Executor& executor, Clock& clock);

    /// Answers the handshake with this key. False: the client is gone, as below.
    Task<bool> accept(const std::string& key);
    Task<bool> write(const std::string& text);
    Task<bool> ping();
    /// Says goodbye and waits for the client's answer, until the socket is cancelled.
    Task<> close(CloseCode code, std::string reason);
    /// Reads until the client closes or is gone.
    Task<> read();

    /// Wakes up when `read` has ended, and when somebody notifies it.
    WakeUp& wake() noexcept { return wake_; }
    bool reads() const noexcept { return reads_; }
    /// When the client last sent something.
    Clock::TimePoint last_heard() const noexcept { return last_heard_; }

private:
    boost::beast::websocket::stream<Transport&> stream_;
    boost::beast::flat_buffer input_;
    WakeUp wake_;
    Clock& clock_;
    Clock::TimePoint last_heard_;
    bool reads_ = false;
};

}  // namespace skald::api
