// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_metrics.h"
#include "open_calls.h"

#include <skald/api/push_intake.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task_group.h>

#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <cstdint>

namespace skald::grpc {

/// What all calls share. Threading: thread-safe.
struct CallContext {
    api::PushIntake* intake;  ///< Null: nothing is taken here.
    IoThreads& io;
    Clock& clock;
    CallMetrics metrics;
    std::uint32_t calls_max;
    DurationNs message_timeout;  ///< For the message to arrive.
    DurationNs answer_timeout;   ///< For the client to take its answer.
    std::atomic<std::uint32_t> calls{0};
    OpenCalls open = {};
    TaskGroup tasks = {};
};

/// Serves the methods that take a message and answer with an empty one; messages come as bytes.
/// Threading: thread-safe.
class PushService final : public ::grpc::CallbackGenericService {
public:
    explicit PushService(CallContext& context) : context_(context) {}
    ::grpc::ServerGenericBidiReactor* CreateReactor(
        ::grpc::GenericCallbackServerContext* call) override;

private:
    CallContext& context_;
};

}  // namespace skald::grpc
