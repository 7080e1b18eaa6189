// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <mutex>
#include <unordered_set>

namespace skald::grpc {

/// A call whose client may never go on with it.
class OpenCall {
public:
    virtual ~OpenCall() = default;
    /// True if the client has had its time. Called on other threads than the call's.
    virtual bool is_late(Clock::TimePoint now) const = 0;
    /// Makes it end soon. It may end, and be gone, before this returns.
    virtual void cancel() = 0;
};

/// The calls that have not ended, so that those of clients that stopped can be given up: each holds
/// one of the places that all share. Threading: thread-safe.
class OpenCalls {
public:
    void add(OpenCall& call);
    /// Waits for a `cancel` of the call on another thread; afterwards there is none.
    void remove(OpenCall& call);
    void cancel_late(Clock::TimePoint now);

private:
    // Recursive: gRPC may end a call, which removes it, within its cancellation.
    std::recursive_mutex mutex_;
    std::unordered_set<OpenCall*> calls_;
};

}  // namespace skald::grpc
