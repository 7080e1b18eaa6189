// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frame_queue.h"
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

/// As a reason that a close frame has room for, 123 bytes (RFC 6455, 5.5). Of a longer one the
/// middle goes: what its last parentheses name, mostly the setting to change, stays whole.
std::string close_reason(std::string_view reason);

/// The server's end of a WebSocket (RFC 6455) on a socket that it does not own.
///
/// Messages of the client are read, so that pings and its close are answered, and thrown away.
/// Threading: single-owner, on the socket's loop; `read` runs beside the other calls.
class WebSocket final : public MessageSink {
public:
    /// What is passed by reference must outlive it.
    WebSocket(Transport& transport, Clock& clock);

    /// Answers the handshake with this key. False: the client is gone, as below.
    Task<bool> accept(const std::string& key);
    Task<bool> write(std::shared_ptr<const WebSocketFrame> frame);
    Task<bool> ping();
    /// Writes what `pump` has left. False: as above.
    Task<bool> drain() { return frames_.drain(); }
    /// Says goodbye and waits for the client's answer, until the socket is cancelled.
    Task<> close(CloseCode code, std::string reason);
    /// Reads until the client closes or is gone.
    Task<> read();

    /// Sleeps until `until`, until `read` has ended, or until somebody wakes it. Meanwhile `pump`
    /// sends what the source has, and wakes it only if there is something else to do.
    Task<> rest(MessageSource& source, Clock::TimePoint until);
    /// As `rest`, but nothing is sent meanwhile.
    Task<> wait(Clock::TimePoint until) { return wake_.wait_until(until); }
    void wake() override { wake_.notify(); }
    void pump() override;
    Executor executor() override { return frames_.get_executor(); }

    bool reads() const noexcept { return reads_; }
    bool drained() const noexcept { return frames_.drained(); }
    bool failed() const noexcept { return frames_.failed(); }
    /// When the client last sent something.
    Clock::TimePoint last_heard() const noexcept { return last_heard_; }
    /// When a message or a ping was last sent to it.
    Clock::TimePoint last_sent() const noexcept { return last_sent_; }

private:
    FrameQueue frames_;
    boost::beast::websocket::stream<FrameQueue&> stream_;
    boost::beast::flat_buffer input_;
    WakeUp wake_;
    Clock& clock_;
    Clock::TimePoint last_heard_;
    Clock::TimePoint last_sent_;
    bool reads_ = false;
    MessageSource* resting_with_ = nullptr;  ///< Null: nobody rests.
    Clock::TimePoint rests_until_;
};

}  // namespace skald::api
