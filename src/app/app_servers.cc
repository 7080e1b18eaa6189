// SPDX-License-Identifier: Apache-2.0
//
// The servers of an App: HTTP, administration, gRPC, and what their endpoints work on.
#include "app.h"
#include "part_options.h"
#include "version.h"

#include <skald/foundation/telemetry/log.h>

#include <map>
#include <utility>

namespace skald::app {

namespace {

grpc::GrpcServer::Options grpc_options(const Config& config) {
    const Config::Server& server = config.server;
    grpc::GrpcServer::Options options;
    options.address = server.grpc_listen_address;
    options.port = static_cast<std::uint16_t>(server.grpc_listen_port);
    options.tls = tls_settings("grpc_tls_config", server.grpc_tls_config, server);
    if (server.grpc_listen_conn_limit > 0)
        options.connections_max = static_cast<std::uint32_t>(server.grpc_listen_conn_limit);
    options.streams_max = static_cast<std::uint32_t>(server.grpc_server_max_concurrent_streams);
    options.receive_bytes_max = server.grpc_server_max_recv_msg_size;
    options.send_bytes_max = server.grpc_server_max_send_msg_size;
    options.memory = config.memory.requests / 4;
    options.message_timeout = server.http_server_read_timeout;
    options.answer_timeout = server.http_server_write_timeout;
    options.idle_max = server.grpc_server_max_connection_idle;
    options.age_max = server.grpc_server_max_connection_age;
    options.age_grace = server.grpc_server_max_connection_age_grace;
    options.keepalive_time = server.grpc_server_keepalive_time;
    options.keepalive_timeout = server.grpc_server_keepalive_timeout;
    options.ping_interval_min = server.grpc_server_min_time_between_pings;
    options.ping_without_call = server.grpc_server_ping_without_stream_allowed;
    options.stop_grace = server.graceful_shutdown_timeout;
    return options;
}

}  // namespace

Result<void> App::start_server() {
    if (querier_ != nullptr && ingester_ != nullptr) {
        tails_ = std::make_unique<api::Tails>(
            api::Tails::Options{.duration_max = config_.querier.tail_max_duration,
                                .memory = tail_memory_},
            ingester_->live_tail(), limits_, clock_, workers_, metrics_);
        Gauge held = metrics_.gauge("skald_tail_memory_bytes", "What tails hold of memory.tails.");
        metrics_.before_exposition(
            [this, held]() mutable { held.set(static_cast<double>(tail_memory_->used())); });
    }
    Gauge bodies = metrics_.gauge("skald_request_memory_bytes",
                                  "What requests over HTTP and gRPC hold of memory.requests.");
    metrics_.before_exposition(
        [this, bodies]() mutable { bodies.set(static_cast<double>(request_memory_->used())); });
    if (!config_.auth_file.empty()) {
        SKALD_TRY(access_, api::Access::load(config_.auth_file, clock_, metrics_));
    }

    api::RouteOptions routes;
    routes.auth_enabled = config_.auth_enabled;
    routes.path_prefix = config_.server.http_path_prefix;
    routes.push_bytes_max = config_.distributor.max_recv_msg_size;
    routes.push_decompressed_bytes_max = config_.distributor.max_decompressed_size;
    routes.multi_tenant_queries = config_.querier.multi_tenant_queries_enabled;
    routes.per_request_limits = config_.querier.per_request_limits_enabled;
    routes.slow_query = config_.frontend.log_queries_longer_than;
    routes.delete_max_interval = config_.compactor.delete_max_interval;

    const auto router = api::build_routes(services(), routes, limits_, clock_, workers_, metrics_);
    SKALD_CHECK(start_admin_server(router));
    SKALD_TRY(server_,
              api::HttpServer::start(http_options(), router, io_, workers_, clock_, metrics_));
    Result<void> served = start_grpc();
    if (!served) stop_servers();  // While the I/O threads run.
    return served;
}

/// The port that has administration for itself, if there is one.
Result<void> App::start_admin_server(const std::shared_ptr<const api::Router>& router) {
    if (config_.server.admin_listen_port == 0) return {};
    api::HttpServer::Options options = http_options();
    options.is_admin = true;
    options.address = config_.server.admin_listen_address;
    options.port = static_cast<std::uint16_t>(config_.server.admin_listen_port);
    options.connections_max = 64;
    // Its own, so that administration goes on when pushes hold all that there is for requests.
    options.memory = nullptr;
    options.body_budget = 8 * kMiB;
    SKALD_TRY(admin_server_,
              api::HttpServer::start(options, router, io_, workers_, clock_, metrics_));
    return {};
}

/// What the endpoints work on.
api::Services App::services() {
    api::Services services;
    services.distributor = distributor_.get();
    services.querier = frontend_.get();
    services.tails = tails_.get();
    services.index = index_querier_.get();
    services.queue = queue_.get();
    services.ruler = ruler_.get();
    services.ruler_api = config_.ruler.enable_api;
    services.patterns = patterns_.get();
    services.access = access_.get();
    if (ingester_ != nullptr) {
        services.ring = &ring_;
        add_ingester_services(services);
    }
    if (compactor_ != nullptr) {
        services.compactor_ring = &compactor_ring_;
        services.compactor_status = [this] { return compactor_->status_json(); };
    }
    services.deletes = deletes_.get();
    services.config = [this](std::string_view mode) { return config_yaml(config_, mode); };
    services.runtime_config = [this] { return limits_.yaml(); };
    services.module_states = [this] { return module_states(); };
    services.not_ready = [this] { return not_ready(); };
    services.build = build_info();

    return services;
}

/// With the ingester as it is after `/ingester/shutdown`.
std::vector<std::pair<std::string, std::string>> App::module_states() const {
    auto states = lifecycle_.states();
    const IngesterState ingester = ingester_state_;
    if (ingester == IngesterState::kRunning) return states;
    for (auto& [name, state] : states) {
        if (name == "ingester" && state == "Running")
            state = ingester == IngesterState::kStopping ? "Stopping" : "Terminated";
    }
    return states;
}

std::optional<std::string> App::not_ready() const {
    for (const auto& [name, state] : lifecycle_.states())
        if (state == "Stopping" || state == "Terminated") return "Application is stopping";
    if (ingester_state_ == IngesterState::kRunning) return std::nullopt;
    std::map<std::string, int> counts;
    for (const auto& [name, state] : module_states()) ++counts[state];
    std::string text = "Some services are not Running:";
    for (const auto& [state, count] : counts) text += "\n" + state + ": " + std::to_string(count);
    return text;
}

api::HttpServer::Options App::http_options() const {
    api::HttpServer::Options options;
    options.address = config_.server.http_listen_address;
    options.port = static_cast<std::uint16_t>(config_.server.http_listen_port);
    if (config_.server.http_listen_conn_limit > 0)
        options.connections_max = static_cast<std::uint32_t>(config_.server.http_listen_conn_limit);
    options.admin_port_is_separate = config_.server.admin_listen_port != 0;
    options.memory = request_memory_;
    options.header_timeout = config_.server.http_server_read_header_timeout;
    options.idle_timeout = config_.server.http_server_idle_timeout;
    options.body_timeout = config_.server.http_server_read_timeout;
    options.write_timeout = config_.server.http_server_write_timeout;
    options.tls = tls_settings("http_tls_config", config_.server.http_tls_config, config_.server);
    options.stop_grace = config_.server.graceful_shutdown_timeout;
    return options;
}

Result<void> App::start_grpc() {
    if (distributor_ != nullptr) {
        api::PushIntake::Options intake;
        intake.auth_enabled = config_.auth_enabled;
        intake.message_bytes_max = config_.server.grpc_server_max_recv_msg_size;
        intake.memory = request_memory_;
        intake.access = access_.get();
        intake.metrics = &metrics_;
        intake_ = std::make_unique<api::PushIntake>(std::move(intake), *distributor_, limits_,
                                                    clock_, workers_);
    }
    Result<std::unique_ptr<grpc::GrpcServer>> started =
        grpc::GrpcServer::start(grpc_options(config_), intake_.get(), io_, clock_, metrics_);
    if (started) {
        grpc_ = *std::move(started);
        return {};
    }
    // Servers of one machine that differ in their HTTP ports alone do not stop each other.
    static const std::uint64_t kDefaultPort = Config().server.grpc_listen_port;
    const bool port_taken = started.error().code == ErrorCode::kUnavailable;
    if (!port_taken || config_.server.grpc_listen_port != kDefaultPort)
        return std::move(started).error();
    log_warn("gRPC is not served; set server.grpc_listen_port if it is wanted",
             {{"err", started.error().message}});
    return {};
}

void App::stop_servers() {
    if (grpc_ != nullptr) grpc_->stop();
    server_->stop();
    if (admin_server_) admin_server_->stop();
    if (tails_) tails_->stop();
}

void App::add_ingester_services(api::Services& services) {
    services.flush = [this] { return ingester_->flush(); };
    services.shutdown_prepared = [this] { return shutdown_marker_.is_set(); };
    services.prepare_shutdown = [this](bool wanted) { return shutdown_marker_.set(wanted); };
    services.shut_down_ingester = [this](bool flush, bool terminate) {
        return shut_down_ingester(flush, terminate);
    };
}

}  // namespace skald::app
