// SPDX-License-Identifier: Apache-2.0
#include "app.h"
#include "version.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/log.h>

#include <signal.h>
#include <time.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

// A bucket may be there later than we are, and credentials may be set right while we wait.
namespace skald::app {

namespace {

constexpr time_t kSecondsBetweenTries = 3;

/// Sleeps, but not beyond a signal that ends the process. True if there was one.
bool sleep_or_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    const timespec time{.tv_sec = kSecondsBetweenTries, .tv_nsec = 0};
    return sigtimedwait(&signals, nullptr, &time) > 0;
}

}  // namespace

/// Answers 503 with the reason as long as the bucket can't be used.
Result<void> App::wait_for_objects() {
    Result<void> usable = objects_->check();
    if (usable) return {};
    const auto reason = std::make_shared<Guarded<std::string>>();
    SKALD_TRY(const std::unique_ptr<api::HttpServer> server,
              start_waiting_server([reason] { return "Object store: " + *reason->lock(); }));
    for (;;) {
        *reason->lock() = usable.error().message;
        log_error("the object store can't be used; waiting for it",
                  {{"err", usable.error().message},
                   {"http_port", server->port()},
                   {"do", "look after the bucket's address, network and credentials"}});
        const bool is_over = sleep_or_signal();
        if (is_over) server->stop();
        if (is_over)
            return Error{ErrorCode::kCancelled, "stopped while waiting for the object store"};
        usable = objects_->check();
        if (usable) break;
    }
    server->stop();
    log_info("the object store can be used");
    return {};
}

/// The server of a process that can't serve yet: `/ready` and everything else say why.
Result<std::unique_ptr<api::HttpServer>> App::start_waiting_server(
    std::function<std::string()> reason) {
    if (!config_.auth_file.empty()) {
        SKALD_TRY(access_, api::Access::load(config_.auth_file, clock_, metrics_));
    }
    api::Services services;
    services.access = access_.get();
    services.not_ready = [reason]() -> std::optional<std::string> { return reason(); };
    services.build = build_info();
    api::RouteOptions routes;
    routes.auth_enabled = config_.auth_enabled;
    routes.path_prefix = config_.server.http_path_prefix;
    routes.waiting_for = std::move(reason);
    return api::HttpServer::start(
        http_options(),
        api::build_routes(std::move(services), routes, limits_, clock_, workers_, metrics_), io_,
        workers_, clock_, metrics_);
}

}  // namespace skald::app
