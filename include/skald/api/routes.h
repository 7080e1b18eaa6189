// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::cluster {
class Ring;
}
namespace skald::read {
class FairQueue;
class IndexQuerier;
class Querier;
class Ruler;
}  // namespace skald::read
namespace skald::storage {
class DeleteLog;
}
namespace skald::write {
class Distributor;
class PatternStore;
}  // namespace skald::write

namespace skald::api {

class Access;
class Router;
class Tails;

/// What `/loki/api/v1/status/buildinfo` tells; Grafana reads `version` to know the features.
struct BuildInfo {
    std::string version = "3.7.6";
    std::string revision;
    std::string branch;
    std::string build_user;
    std::string build_date;
    std::string runtime_version;  ///< Shown as `goVersion`.
};

/// What the endpoints need from the rest of the server. Pointers and functions may be null: the
/// endpoints that need them are then unknown paths (404), as in an instance with another -target.
/// What is pointed at must outlive the router and the server.
struct Services {
    write::Distributor* distributor = nullptr;
    read::Querier* querier = nullptr;
    Tails* tails = nullptr;
    read::IndexQuerier* index = nullptr;
    /// In which requests for labels, series, volumes and patterns wait for their turn; queries do
    /// so behind `querier`. Null: nothing waits.
    read::FairQueue* queue = nullptr;
    read::Ruler* ruler = nullptr;
    bool ruler_api = true;                    ///< False: rules are only shown.
    write::PatternStore* patterns = nullptr;  ///< Null: `patterns` answers 404.
    cluster::Ring* ring = nullptr;
    const Access* access = nullptr;  ///< Null: clients need not prove who they are.
    /// Flushes the ingester; may block, called on a thread of its own.
    std::function<Result<void>()> flush;
    /// The text of `/config` for the mode "", "diff" or "defaults". Called on a worker.
    std::function<std::string(std::string_view mode)> config;
    /// The text of `/runtime_config`.
    std::function<std::string()> runtime_config;
    /// Whether the ingester's next stop writes everything to segments, and the change of that.
    std::function<Result<bool>()> shutdown_prepared;
    std::function<Result<void>(bool)> prepare_shutdown;
    /// Stops the ingester, flushed before if asked for, and then the process if asked for; may
    /// block, called on a thread of its own. False if it is stopping already.
    std::function<Result<bool>(bool flush, bool terminate)> shut_down_ingester;
    /// What the compactor did and what comes next, as JSON. Null: no compactor runs here.
    std::function<std::string()> compactor_status;
    cluster::Ring* compactor_ring = nullptr;
    storage::DeleteLog* deletes = nullptr;
    /// Module names and states ("Running", "Starting", …) for `/services`.
    std::function<std::vector<std::pair<std::string, std::string>>()> module_states;
    /// Why the server is not ready, in the words that `/ready` shows, or nothing. Null: always
    /// ready.
    std::function<std::optional<std::string>()> not_ready;
    BuildInfo build;
};

/// What the endpoints are told by the configuration.
struct RouteOptions {
    bool auth_enabled = true;  ///< False: the tenant is always "fake".
    std::string path_prefix;   ///< Before every path, "/loki" for example; empty: none.
    std::uint64_t push_bytes_max = 100 * kMiB;  ///< `distributor.max_recv_msg_size`
    std::uint64_t push_decompressed_bytes_max =
        5000 * kMiB;                                ///< `distributor.max_decompressed_size`
    std::uint64_t form_bytes_max = 10 * kMiB;       ///< `frontend.max_body_size`
    bool multi_tenant_queries = false;              ///< `querier.multi_tenant_queries_enabled`
    bool per_request_limits = false;                ///< `querier.per_request_limits_enabled`
    DurationNs slow_query = 0;                      ///< `frontend.log_queries_longer_than`
    DurationNs delete_max_interval = kNanosPerDay;  ///< `compactor.delete_max_interval`
    /// Of a server that can't serve yet: why. Paths that it lacks are then 503 and not 404, so that
    /// clients try again.
    std::function<std::string()> waiting_for = {};
};

/// All endpoints for the services that are there.
/// Shared: the server and every connection hold the immutable result.
/// What is passed by reference must outlive it.
std::shared_ptr<const Router> build_routes(Services services, RouteOptions options,
                                           const LimitsSource& limits, Clock& clock,
                                           WorkerPool& workers, MetricsRegistry& metrics);

}  // namespace skald::api
