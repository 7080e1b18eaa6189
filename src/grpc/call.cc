// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include "call_status.h"

#include <skald/foundation/telemetry/log.h>

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
class PushCall final : public ::grpc::ServerGenericBidiReactor {
public:
    PushCall(CallContext& context, const ::grpc::GenericCallbackServerContext& call)
        : context_(context), route_(call.method()), started_(context.clock.now()) {
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
        if (busy) return fail({ErrorCode::kUnavailable, "too many calls"});
        form_ = *form;
        auto tenant = context_.intake->tenant_of(metadata_of(call, "x-scope-orgid").value_or(""),
                                                 metadata_of(call, "authorization"));
        if (!tenant) return fail(tenant.error());
        tenant_ = *std::move(tenant);
        StartRead(&message_);
    }

    void OnReadDone(bool ok) override {
        if (!ok) return fail({ErrorCode::kInvalidArgument, "the call has no message"});
        Buffer bytes = bytes_of(message_);
        message_.Clear();
        bytes_ = bytes.size();
        if (!context_.tasks.spawn(context_.io.next().get_executor(), run(std::move(bytes))))
            fail({ErrorCode::kUnavailable, "the server is stopping"});
    }
    void OnDone() override {
        context_.calls.fetch_sub(1);
        const std::unique_ptr<PushCall> self(this);
    }

private:
    ~PushCall() override = default;
    friend std::default_delete<PushCall>;

    Task<> run(Buffer bytes) {
        const Result<void> stored =
            co_await context_.intake->push(form_, *tenant_, std::move(bytes));
        // Afterwards this object may be gone.
        stored ? end(::grpc::Status::OK) : end(to_status(stored.error()));
    }
    void fail(const Error& error) { end(to_status(error)); }

    /// The only place that finishes the call.
    void end(const ::grpc::Status& status) {
        account(status);
        if (!status.ok()) return Finish(status);
        empty_ = ::grpc::ByteBuffer(nullptr, 0);
        StartWriteAndFinish(&empty_, {}, status);
    }
    void account(const ::grpc::Status& status) {
        const double seconds =
            std::chrono::duration<double>(context_.clock.now() - started_).count();
        const std::string label = status_label(status);
        context_.metrics.duration(route_, label).observe(seconds);
        const LogLevel level = label[0] == '5'   ? LogLevel::kWarn
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

    CallContext& context_;
    std::string route_;
    Clock::TimePoint started_;
    Form form_ = Form::kPush;
    std::optional<TenantId> tenant_;
    std::size_t bytes_ = 0;
    ::grpc::ByteBuffer message_;
    ::grpc::ByteBuffer empty_;
};

}  // namespace

::grpc::ServerGenericBidiReactor* PushService::CreateReactor(
    ::grpc::GenericCallbackServerContext* call) {
    return std::make_unique<PushCall>(context_, *call).release();
}

}  // namespace skald::grpc
