// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include "call_status.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::grpc {

namespace {

using Form = api::PushIntake::Form;

std::optional<Form> form_of(std::string_view method) {
    if (method == "/logproto.Pusher/Push") return Form::kPush;
    if (method == "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        return Form::kOtlpLogs;
    return std::nullopt;
}

std::optional<std::string_view> metadata_of(const ::grpc::GenericCallbackServerContext& call,
                                            const char* name) {
    const auto found = call.client_metadata().find(name);
    if (found == call.client_metadata().end()) return std::nullopt;
    return std::string_view(found->second.data(), found->second.size());
}

bool contradicts(const ::grpc::GenericCallbackServerContext& call, const char* name) {
    const auto [first, last] = call.client_metadata().equal_range(name);
    return std::any_of(first, last,
                       [&](const auto& field) { return field.second != first->second; });
}

Buffer bytes_of(const ::grpc::ByteBuffer& message) {
    Buffer bytes(message.Length());
    std::vector<::grpc::Slice> slices;
    if (!message.Dump(&slices).ok()) return {};
    char* out = bytes.data();
    for (const ::grpc::Slice& slice : slices) {
        std::memcpy(out, slice.begin(), slice.size());
        out += slice.size();
    }
    return bytes;
}

/// One call of a method that takes one message. gRPC deletes it by OnDone, after it was finished
/// and nothing of it runs any more.
class PushCall final : public ::grpc::ServerGenericBidiReactor, public OpenCall {
public:
    PushCall(CallContext& context, const ::grpc::GenericCallbackServerContext& call)
        : context_(context), call_(call), route_(call.method()), started_(context.clock.now()) {
        wait_for_client(context.message_timeout);
        context_.open.add(*this);
        begin(call);
    }
    PushCall(const PushCall&) = delete;
    PushCall& operator=(const PushCall&) = delete;

    void begin(const ::grpc::GenericCallbackServerContext& call) {
        const bool busy = context_.calls.fetch_add(1) >= context_.calls_max;
        const std::optional<Form> form = form_of(route_);
        if (!form || context_.intake == nullptr) {
            route_ = "other";  // Names that clients make up are no labels.
            return end({::grpc::StatusCode::UNIMPLEMENTED, "there is no method " + call.method()});
        }
        is_refused_ = busy;
        if (busy) return fail({ErrorCode::kUnavailable, "too many calls"});
        form_ = *form;
        if (contradicts(call, "x-scope-orgid"))
            return fail({ErrorCode::kInvalidArgument,
                         "x-scope-orgid is there twice, with different tenants"});
        auto tenant = context_.intake->tenant_of(metadata_of(call, "x-scope-orgid").value_or(""),
                                                 metadata_of(call, "authorization"));
        if (!tenant) return fail(tenant.error());
        tenant_ = *std::move(tenant);
        policy_ = metadata_of(call, "x-loki-ingestion-policy").value_or("");
        StartRead(&message_);
    }

    void OnReadDone(bool ok) override {
        client_has_until_.store(kForever);
        if (!ok && call_.IsCancelled())
            return fail({ErrorCode::kCancelled, "the message did not come"});
        if (!ok) return fail({ErrorCode::kInvalidArgument, "the call has no message"});
        Buffer bytes = bytes_of(message_);
        message_.Clear();
        bytes_ = bytes.size();
        if (!context_.tasks.spawn(context_.io.next().get_executor(), run(std::move(bytes))))
            fail({ErrorCode::kUnavailable, "the server is stopping"});
    }
    bool is_late(Clock::TimePoint now) const override { return now > client_has_until_.load(); }
    void cancel() override { call_.TryCancel(); }
    void OnDone() override {
        context_.open.remove(*this);
        context_.calls.fetch_sub(1);
        const std::unique_ptr<PushCall> self(this);
    }

private:
    ~PushCall() override = default;
    friend std::default_delete<PushCall>;

    Task<> run(Buffer bytes) {
        const Result<void> stored =
            co_await context_.intake->push(form_, *tenant_, std::move(policy_), std::move(bytes));
        // Afterwards this object may be gone.
        stored ? end(::grpc::Status::OK) : end(to_status(stored.error()));
    }
    void fail(const Error& error) { end(to_status(error)); }
    void wait_for_client(DurationNs time) {
        client_has_until_.store(context_.clock.now() + std::chrono::nanoseconds(time));
    }

    /// The only place that finishes the call.
    void end(const ::grpc::Status& status) {
        account(status);
        wait_for_client(context_.answer_timeout);
        if (!status.ok()) return Finish(status);
        empty_ = ::grpc::ByteBuffer(nullptr, 0);
        StartWriteAndFinish(&empty_, {}, status);
    }
    void account(const ::grpc::Status& status) {
        const double seconds =
            std::chrono::duration<double>(context_.clock.now() - started_).count();
        const std::string label = status_label(status);
        context_.metrics.duration(route_, label).observe(seconds);
        context_.metrics.message_bytes(route_).observe(static_cast<double>(bytes_));
        // A flood of calls is no flood of log lines.
        const LogLevel level = is_refused_       ? LogLevel::kDebug
                               : label[0] == '5' ? LogLevel::kWarn
                               : label[0] == '4' ? LogLevel::kInfo
                                                 : LogLevel::kDebug;
        if (!log_enabled(level)) return;
        log(level, "request",
            {{"method", "gRPC"},
             {"path", route_},
             {"status", label},
             {"duration_ms", seconds * 1000},
             {"tenant", tenant_ ? tenant_->text() : std::string()},
             {"request_bytes", bytes_}});
    }

    static constexpr Clock::TimePoint kForever = Clock::TimePoint::max();

    CallContext& context_;
    const ::grpc::GenericCallbackServerContext& call_;
    std::atomic<Clock::TimePoint> client_has_until_{kForever};
    std::string route_;
    Clock::TimePoint started_;
    Form form_ = Form::kPush;
    std::optional<TenantId> tenant_;
    std::string policy_;
    std::size_t bytes_ = 0;
    bool is_refused_ = false;  ///< Because there are too many.
    ::grpc::ByteBuffer message_;
    ::grpc::ByteBuffer empty_;
};

}  // namespace

::grpc::ServerGenericBidiReactor* PushService::CreateReactor(
    ::grpc::GenericCallbackServerContext* call) {
    return std::make_unique<PushCall>(context_, *call).release();
}

}  // namespace skald::grpc
