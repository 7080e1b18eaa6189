// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "folder_lock.h"
#include "lifecycle.h"
#include "runtime_limits.h"
#include "segment_objects.h"
#include "shutdown_marker.h"

#include <skald/api/access.h>
#include <skald/api/http_server.h>
#include <skald/api/push_intake.h>
#include <skald/api/routes.h>
#include <skald/api/tails.h>
#include <skald/cluster/ring/ring.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/grpc/grpc_server.h>
#include <skald/read/frontend/frontend.h>
#include <skald/read/querier/index_querier.h>
#include <skald/read/querier/querier.h>
#include <skald/read/ruler/ruler.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/compactor/compactor.h>
#include <skald/storage/deletes/delete_log.h>
#include <skald/storage/store/change_log.h>
#include <skald/storage/store/row_view.h>
#include <skald/storage/store/store.h>
#include <skald/write/distributor/distributor.h>
#include <skald/write/ingester/change_tap.h>
#include <skald/write/ingester/ingester.h>
#include <skald/write/patterns/pattern_store.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::app {

/// The whole server: every component by value or unique_ptr, in the order of the layers, so that
/// destruction is the reverse.
/// Threading: single-owner; the components run their own threads.
class App {
public:
    explicit App(Config config);
    ~App();

    /// Starts the modules of the target. Blocking: it returns when the server answers.
    Result<void> start();
    /// Stops taking requests, finishes those that run, syncs the log. Blocking.
    void stop();
    /// True if it has asked the process to end because it cannot go on. Thread-safe.
    bool has_failed() const { return failed_; }
    /// The port that HTTP listens on, once started.
    std::uint16_t http_port() const;
    /// The port that gRPC listens on, once started; 0 if it doesn't.
    std::uint16_t grpc_port() const;

private:
    /// As `/ingester/shutdown` leaves it.
    enum class IngesterState { kRunning, kStopping, kTerminated };

    void add_modules();
    void flush_if_prepared();
    void stop_ingester();
    Result<void> start_store();
    Result<void> wait_for_objects();
    Result<std::unique_ptr<api::HttpServer>> start_waiting_server(
        std::function<std::string()> reason);
    Result<void> open_deletes();
    Result<void> start_ingester();
    Result<void> start_patterns();
    Result<void> start_distributor();
    Result<void> start_querier();
    Result<void> start_compactor();
    Result<void> start_ruler();
    bool is_busy() const;
    Result<void> start_server();
    api::Services services();
    std::vector<std::pair<std::string, std::string>> module_states() const;
    std::optional<std::string> not_ready() const;
    api::HttpServer::Options http_options() const;
    Result<void> start_admin_server(const std::shared_ptr<const api::Router>& router);
    Result<void> start_grpc();
    void stop_servers();
    cluster::RingInstance ring_entry(const std::string& id, std::uint32_t tokens) const;
    Task<> rest(TaskGroup& group, DurationNs time);
    Task<> tick();
    Task<> watch_overrides();
    Task<> watch_deletes(bool is_shared);
    Result<bool> shut_down_ingester(bool flush, bool terminate);
    void add_ingester_services(api::Services& services);
    void export_process_metrics();
    void export_ring_metrics();

    Config config_;
    MetricsRegistry metrics_;
    SystemClock clock_;
    RuntimeLimits limits_;
    ShutdownMarker shutdown_marker_;
    std::shared_ptr<MemoryBudget> request_memory_;  ///< Of HTTP and gRPC.
    MemoryBudget query_memory_;
    std::shared_ptr<MemoryBudget> tail_memory_;
    WorkerPool workers_;
    IoThreads io_;
    TaskGroup background_;
    TaskGroup watching_;
    std::atomic<IngesterState> ingester_state_{IngesterState::kRunning};
    std::atomic<bool> failed_{false};
    Lifecycle lifecycle_;

    FolderLock lock_;
    std::string instance_;
    cluster::Ring ring_;
    std::unique_ptr<SegmentObjects> objects_;
    std::unique_ptr<storage::Catalog> catalog_;
    std::unique_ptr<storage::Store> store_;
    std::unique_ptr<storage::DeleteLog> deletes_;
    storage::ChangeLog changes_;
    std::unique_ptr<write::Ingester> ingester_;
    std::unique_ptr<write::ChangeTap> change_tap_;
    std::unique_ptr<write::PatternStore> patterns_;  ///< Null if they are off.
    std::unique_ptr<cluster::IngesterClient> pattern_tap_;
    std::unique_ptr<write::Distributor> distributor_;
    std::unique_ptr<storage::MemtableSource> no_memtables_;  ///< Of a querier without an ingester.
    std::unique_ptr<storage::RowView> retained_;
    std::unique_ptr<storage::RowView> shown_;
    std::unique_ptr<read::Querier> querier_;
    std::unique_ptr<read::FairQueue> queue_;
    std::unique_ptr<read::Querier> frontend_;  ///< In front of the querier.
    std::unique_ptr<api::Tails> tails_;
    std::unique_ptr<read::IndexQuerier> index_querier_;
    std::unique_ptr<read::Ruler> ruler_;
    FolderLock compactor_lock_;
    cluster::Ring compactor_ring_;
    std::unique_ptr<storage::Compactor> compactor_;
    std::unique_ptr<api::Access> access_;  ///< Null: clients need not prove who they are.
    std::unique_ptr<api::HttpServer> server_;
    std::unique_ptr<api::HttpServer> admin_server_;  ///< Null: no port of its own.
    std::unique_ptr<api::PushIntake> intake_;        ///< Null without a distributor.
    std::unique_ptr<grpc::GrpcServer> grpc_;         ///< Null if its port was taken.
};

}  // namespace skald::app
