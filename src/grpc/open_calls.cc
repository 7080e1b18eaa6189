// SPDX-License-Identifier: Apache-2.0
#include "open_calls.h"

#include <vector>

namespace skald::grpc {

void OpenCalls::add(OpenCall& call) {
    const std::lock_guard hold(mutex_);
    calls_.insert(&call);
}

void OpenCalls::remove(OpenCall& call) {
    const std::lock_guard hold(mutex_);
    calls_.erase(&call);
}

void OpenCalls::cancel_late(Clock::TimePoint now) {
    const std::lock_guard hold(mutex_);
    std::vector<OpenCall*> late;
    for (OpenCall* call : calls_)
        if (call->is_late(now)) late.push_back(call);
    for (OpenCall* call : late)
        if (calls_.contains(call)) call->cancel();
}

}  // namespace skald::grpc
