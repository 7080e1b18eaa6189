// SPDX-License-Identifier: Apache-2.0
#include "call.h"
#include "connections.h"

#include <skald/api/tls_certificates.h>
#include <skald/grpc/grpc_server.h>

#include <grpc/support/time.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace skald::grpc {

namespace {

namespace rpc = ::grpc;
using Acceptor = rpc::experimental::ExternalConnectionAcceptor;

constexpr int kHandshakeMs = 10'000;
constexpr auto kNap = std::chrono::milliseconds(200);

/// INT_MAX stands for "never" in gRPC's settings of time.
int millis(DurationNs time) {
    const DurationNs value = std::max<DurationNs>(time / kNanosPerMilli, 1);
    return static_cast<int>(std::min<DurationNs>(value, std::numeric_limits<int>::max()));
}

int clamp_to_int(std::uint64_t value) {
    return static_cast<int>(std::min<std::uint64_t>(value, std::numeric_limits<int>::max()));
}

void set_bounds(rpc::ServerBuilder& builder, const GrpcServer::Options& options) {
    builder.SetMaxReceiveMessageSize(clamp_to_int(options.receive_bytes_max));
    builder.SetMaxSendMessageSize(clamp_to_int(options.send_bytes_max));
    builder.SetResourceQuota(rpc::ResourceQuota("skald").Resize(options.memory));
    if (options.streams_max > 0)
        builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                                   clamp_to_int(options.streams_max));
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, millis(options.idle_max));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, millis(options.age_max));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, millis(options.age_grace));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, millis(options.keepalive_time));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, millis(options.keepalive_timeout));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               millis(options.ping_interval_min));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS,
                               options.ping_without_call ? 1 : 0);
    // A packed message is unpacked by the intake, which bounds what becomes of it.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
}

/// Null without certificates.
Result<std::unique_ptr<api::TlsCertificates>> load_certificates(api::TlsSettings settings,
                                                                Clock& clock,
                                                                MetricsRegistry& metrics) {
    if (!settings.enabled()) return std::unique_ptr<api::TlsCertificates>();
    settings.http2 = true;
    return api::TlsCertificates::load(std::move(settings), clock, metrics);
}

/// Gives up calls whose clients have stopped, until `running` closes.
Task<> cancel_late(CallContext& calls, const TaskGroup& running) {
    while (!running.closing()) {
        co_await calls.clock.sleep_until(calls.clock.now() + kNap);
        calls.open.cancel_late(calls.clock.now());
    }
}

}  // namespace

struct GrpcServer::State {
    State(Options wanted, std::unique_ptr<api::TlsCertificates> certificates,
          api::PushIntake* intake, TcpAcceptor listening, IoThreads& io, Clock& clock,
          MetricsRegistry& metrics)
        : options(std::move(wanted)),
          calls{intake,
                io,
                clock,
                CallMetrics(metrics),
                options.calls_max,
                options.message_timeout,
                options.answer_timeout},
          service(calls),
          relays(std::move(certificates), io, clock,
                 {kHandshakeMs * kNanosPerMilli, options.keepalive_timeout, options.streams_max},
                 metrics),
          connections(std::move(listening), options.connections_max, relays, io, clock, metrics) {}

    const Options options;
    CallContext calls;
    PushService service;
    Relays relays;
    Connections connections;
    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<rpc::Server> server;
    Relays::Take take;
    TaskGroup accepting;
    TaskGroup cancelling;
    std::atomic<bool> stopped{false};
};

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(Options options, api::PushIntake* intake,
                                                      IoThreads& io, Clock& clock,
                                                      MetricsRegistry& metrics) {
    SKALD_TRY(std::unique_ptr<api::TlsCertificates> certificates,
              load_certificates(options.tls, clock, metrics));
    const Executor executor = io.at(0).get_executor();
    SKALD_TRY(TcpAcceptor listening, listen_on(executor, options.address, options.port));
    auto state = std::make_unique<State>(std::move(options), std::move(certificates), intake,
                                         std::move(listening), io, clock, metrics);
    rpc::EnableDefaultHealthCheckService(true);
    rpc::ServerBuilder builder;
    set_bounds(builder, state->options);
    builder.RegisterCallbackGenericService(&state->service);
    state->acceptor = builder.experimental().AddExternalConnectionAcceptor(
        rpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        rpc::InsecureServerCredentials());
    state->server = builder.BuildAndStart();
    if (state->server == nullptr) return Error{ErrorCode::kUnavailable, "gRPC does not start"};
    state->take = [raw = state.get()](int descriptor) {
        Acceptor::NewConnectionParameters parameters;
        parameters.fd = descriptor;
        raw->acceptor->HandleNewConnection(&parameters);
    };
    state->accepting.spawn(executor, state->connections.accept_all(state->take));
    state->cancelling.spawn(executor, cancel_late(state->calls, state->cancelling));
    return std::make_unique<GrpcServer>(std::move(state));
}

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

GrpcServer::~GrpcServer() {
    stop();
}

std::uint16_t GrpcServer::port() const noexcept {
    return state_->connections.port();
}

void GrpcServer::stop() {
    if (state_->stopped.exchange(true)) return;
    state_->connections.stop();
    state_->accepting.close();
    state_->relays.close_handshakes();
    state_->relays.end_within(state_->options.stop_grace);
    // From here on health answers NOT_SERVING, and no further call comes in.
    state_->server->Shutdown(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_nanos(state_->options.stop_grace, GPR_TIMESPAN)));
    // A call that was cancelled still waits for its push here.
    state_->calls.tasks.close();
    state_->server->Wait();
    state_->cancelling.close();
    state_->relays.stop();
}

}  // namespace skald::grpc
