// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace skald::api {

/// Status codes of RFC 6455, 7.4.1.
enum class CloseCode : std::uint16_t { kNormal = 1000, kGoingAway = 1001, kInternalError = 1011 };

/// What a WebSocket sends to its client. Messages from the client are not looked at.
/// Threading: `start` and `next` on the connection's loop; what `start` is given may be called from
/// any thread.
class MessageSource {
public:
    enum class Kind { kText, kWait, kClose };
    struct Next {
        Kind kind = Kind::kWait;
        /// Shared, because many connections may send the same text.
        std::shared_ptr<const std::string> text;
        Clock::TimePoint wait_until = Clock::TimePoint::max();
        CloseCode code = CloseCode::kNormal;
        std::string reason;  ///< At most 123 bytes are sent.
    };

    virtual ~MessageSource() = default;
    /// Once, before the first `next`. `wake` is called when there is something new.
    virtual void start(std::function<void()> wake) = 0;
    /// The next thing to do. kWait: nothing before `wait_until` or `wake`.
    virtual Next next() = 0;
};

}  // namespace skald::api
