// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "web_socket_frame.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>

#include <cstdint>
#include <memory>
#include <string>

namespace skald::api {

/// Status codes of RFC 6455, 7.4.1.
enum class CloseCode : std::uint16_t {
    kNormal = 1000,
    kGoingAway = 1001,
    kProtocolError = 1002,
    kPolicyViolation = 1008,
    kInternalError = 1011,
};

/// Where the messages of a source go: a WebSocket.
class MessageSink {
public:
    virtual ~MessageSink() = default;

    /// The source has something new. Thread-safe.
    virtual void wake() = 0;
    /// The same, for whoever is on the sink's loop already: what the source has now is sent at
    /// once, as far as the client takes it. Many sinks are served so for the price of one turn of
    /// the loop.
    virtual void pump() = 0;
    virtual Executor executor() = 0;
};

/// What a WebSocket sends to its client. Messages from the client are not looked at.
/// Threading: `start` and `next` on the connection's loop.
class MessageSource {
public:
    enum class Kind { kText, kWait, kClose };
    struct Next {
        Kind kind = Kind::kWait;
        /// Shared, because many connections may send the same.
        std::shared_ptr<const WebSocketFrame> frame;
        Clock::TimePoint wait_until = Clock::TimePoint::max();
        CloseCode code = CloseCode::kNormal;
        std::string reason;  ///< Of more than 123 bytes the middle is left out.
    };

    virtual ~MessageSource() = default;
    /// Before the first `next`. The sink is woken or pumped when there is something new, until
    /// this is called with null.
    virtual void start(std::shared_ptr<MessageSink> sink) = 0;
    /// The next thing to do. kWait: nothing before `wait_until` or the sink is woken. All but kText
    /// is told again to whoever asks again.
    virtual Next next() = 0;
};

}  // namespace skald::api
