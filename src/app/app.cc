// SPDX-License-Identifier: Apache-2.0
#include "app.h"

#include "instance_name.h"
#include "metered_catalog.h"
#include "part_options.h"
#include "targets.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/read/querier/delete_selector.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/file/file_system.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace skald::app {

namespace {

std::size_t worker_count(const Config& config) {
    if (config.workers.threads > 0) return config.workers.threads;
    return std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

std::size_t io_count(const Config& config) {
    if (config.workers.io_threads > 0) return config.workers.io_threads;
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

/// Loki's names of codecs, of which several mean the same here.
Result<storage::Codec> codec_of(const std::string& encoding) {
    if (encoding.starts_with("lz4")) return storage::Codec::kLz4;
    if (encoding == "flate") return storage::Codec::kGzip;
    return storage::parse_codec(encoding);
}

/// What a querier without an ingester sees in memory.
class NoMemtables final : public storage::MemtableSource {
public:
    class Pin final : public storage::MemtablePin {
    public:
        const std::set<storage::GenerationId>& generations() const override { return none_; }
        Result<std::vector<storage::Run>> select(const storage::Selection&) const override {
            return std::vector<storage::Run>{};
        }
        Result<std::vector<StreamPtr>> streams(const storage::Selection&) const override {
            return std::vector<StreamPtr>{};
        }

    private:
        std::set<storage::GenerationId> none_;
    };
    std::shared_ptr<const storage::MemtablePin> pin(const TenantId&) const override {
        return std::make_shared<Pin>();
    }
};

}  // namespace

App::App(Config config)
    : config_(std::move(config)),
      limits_(config_.limits, config_.runtime_config.file, storage::posix_file_system(), metrics_),
      shutdown_marker_(config_.common.path_prefix.empty() ? "data" : config_.common.path_prefix,
                       storage::posix_file_system()),
      request_memory_(std::make_shared<MemoryBudget>(config_.memory.requests)),
      query_memory_(config_.memory.queries),
      tail_memory_(std::make_shared<MemoryBudget>(config_.memory.tails)),
      workers_({.threads = worker_count(config_),
                .background_threads = worker_count(config_),
                .express_threads = 2}),
      io_(io_count(config_)),
      ring_({.replication_factor = static_cast<std::uint32_t>(config_.common.replication_factor)}),
      compactor_ring_({.replication_factor = 1}) {
    add_modules();
}

App::~App() {
    stop();
}

void App::add_modules() {
    lifecycle_.add({"runtime-config",
                    {},
                    [this]() -> Result<void> {
                        SKALD_CHECK(limits_.load());
                        if (!config_.runtime_config.file.empty())
                            watching_.spawn(io_.at(0).get_executor(), watch_overrides());
                        return {};
                    },
                    [this] { watching_.close(); }});
    lifecycle_.add({"store", {"runtime-config"}, [this] { return start_store(); }, [] {}});
    lifecycle_.add({"ring", {}, [] { return Result<void>(); }, [] {}});
    lifecycle_.add({"ingester",
                    {"store", "ring"},
                    [this] { return start_ingester(); },
                    [this] { stop_ingester(); }});
    lifecycle_.add(
        {"distributor", {"ring", "runtime-config"}, [this] { return start_distributor(); }, [] {}});
    lifecycle_.add({"querier", {"store"}, [this] { return start_querier(); }, [] {}});
    lifecycle_.add({"compactor",
                    {"store", "runtime-config"},
                    [this] { return start_compactor(); },
                    [this] { compactor_->stop(); }});
    lifecycle_.add({"ruler",
                    {"querier", "runtime-config"},
                    [this] { return start_ruler(); },
                    [this] { ruler_->stop(); }});
    lifecycle_.add({"server", {}, [this] { return start_server(); }, [this] { stop_servers(); }});
}

Result<void> App::start() {
    SKALD_TRY(std::vector<std::string> modules, modules_of_target(config_.target));
    const auto has = [&](const char* name) {
        return std::find(modules.begin(), modules.end(), name) != modules.end();
    };
    if (has("distributor") && !has("ingester"))
        return Error{ErrorCode::kInvalidArgument,
                     "-target: a distributor needs an ingester in the same process; write "
                     "-target=write or -target=distributor,ingester"};
    modules.emplace_back("server");
    export_process_metrics();
    export_ring_metrics();
    return lifecycle_.start(modules);
}

void App::stop() {
    // A prepared shutdown still has everything to upload.
    const Result<bool> uploads = shutdown_marker_.is_set();
    if (objects_ != nullptr && !(uploads && *uploads)) objects_->hurry();
    lifecycle_.stop();
    background_.close();
    watching_.close();
    workers_.stop();
    io_.stop();
}

std::uint16_t App::http_port() const {
    return server_ == nullptr ? 0 : server_->port();
}

std::uint16_t App::grpc_port() const {
    return grpc_ == nullptr ? 0 : grpc_->port();
}

Result<void> App::start_store() {
    // The catalog's folder stands for all: each process has one of its own.
    SKALD_TRY(lock_, FolderLock::take(config_.storage.catalog_directory + ".lock"));
    SKALD_TRY(objects_, SegmentObjects::open(config_, clock_, metrics_));
    SKALD_CHECK(wait_for_objects());
    SKALD_TRY(catalog_, storage::Catalog::open({.directory = config_.storage.catalog_directory,
                                                .memory_bytes = config_.memory.catalog},
                                               metrics_));
    catalog_ = meter(std::move(catalog_), clock_, metrics_);
    SKALD_TRY(store_, storage::Store::open(objects_->store(), *catalog_,
                                           {.cache_bytes = config_.memory.cache}, metrics_));
    return open_deletes();
}

Result<void> App::open_deletes() {
    storage::DeleteLog::Options options;
    options.cancel_period = config_.compactor.delete_request_cancel_period;
    SKALD_TRY(const std::vector<std::string> modules, modules_of_target(config_.target));
    const auto has = [&](const char* name) { return std::ranges::count(modules, name) > 0; };
    options.is_compactor_elsewhere = !has("compactor");
    SKALD_TRY(deletes_,
              storage::DeleteLog::open(
                  options, {.objects = objects_->store(),
                            .limits = limits_,
                            .clock = clock_,
                            .metrics = metrics_,
                            .compile = read::delete_selector,
                            .rows_changed = [this](const TenantId& tenant, TimeNs min, TimeNs max) {
                                changes_.note(tenant, min, max);
                            }}));
    // Of a request that another process takes, this one learns from the object store.
    const bool is_shared = !has("compactor") || !has("querier");
    watching_.spawn(io_.at(0).get_executor(), watch_deletes(is_shared));
    return {};
}

/// This process in a ring.
cluster::RingInstance App::ring_entry(const std::string& id, std::uint32_t tokens) const {
    cluster::RingInstance entry;
    entry.id = id;
    entry.address =
        (config_.common.instance_addr.empty() ? "127.0.0.1" : config_.common.instance_addr) + ":" +
        std::to_string(config_.server.grpc_listen_port);
    entry.state = cluster::InstanceState::kActive;
    entry.heartbeat = clock_.wall_now();
    entry.registered = entry.heartbeat;
    entry.tokens = cluster::make_tokens(id, tokens);
    return entry;
}

Result<void> App::start_ingester() {
    instance_ = config_.common.instance_id;
    if (instance_.empty()) {
        SKALD_TRY(instance_,
                  instance_name(storage::posix_file_system(), config_.ingester.wal_directory));
    }
    write::Ingester::Options options;
    options.instance = instance_;
    options.wal_directory = config_.ingester.wal_directory;
    options.wal_bytes_max = config_.ingester.generation_wal_bytes;
    options.memtable_bytes_max = config_.ingester.generation_memory_bytes;
    options.generation_age_max = config_.ingester.generation_max_age;
    options.memory_budget = config_.memory.ingest;
    options.tail_memory = tail_memory_;
    options.block_bytes = config_.ingester.chunk_block_size;
    options.out_of_order_window = config_.ingester.max_chunk_age / 2;
    options.max_returned_stream_errors =
        static_cast<std::uint32_t>(config_.ingester.max_returned_stream_errors);
    SKALD_TRY(options.encode.codec, codec_of(config_.ingester.chunk_encoding));
    options.encode.filter = config_.ingester.block_filters;
    options.replay_failed = [this](const Error& error) {
        log_error("the write-ahead log cannot be replayed: the process ends",
                  {{"directory", config_.ingester.wal_directory},
                   {"err", error.message},
                   {"do", "look after the disk, then start again"}});
        failed_ = true;
        kill(getpid(), SIGTERM);
    };
    SKALD_TRY(ingester_, write::Ingester::create(options, storage::posix_file_system(), *store_,
                                                 limits_, clock_, workers_, metrics_));

    change_tap_ = std::make_unique<write::ChangeTap>(*ingester_, changes_);
    SKALD_CHECK(start_patterns());

    ring_.put(ring_entry(instance_, 128));
    background_.spawn(io_.at(0).get_executor(), tick());
    return {};
}

Result<void> App::start_patterns() {
    if (!config_.patterns.enabled) return {};
    write::PatternStore::Options options;
    options.directory = config_.patterns.directory;
    options.retain_for = config_.patterns.retain_for;
    SKALD_TRY(patterns_, write::PatternStore::create(options, storage::posix_file_system(), limits_,
                                                     clock_, metrics_));
    pattern_tap_ = patterns_->tap(*change_tap_);
    return {};
}

Result<void> App::start_distributor() {
    const auto client = [this](std::string_view instance) -> cluster::IngesterClient* {
        if (instance != instance_) return nullptr;
        if (pattern_tap_ != nullptr) return pattern_tap_.get();
        return change_tap_.get();
    };
    distributor_ =
        write::Distributor::create({}, limits_, ring_, client, clock_, workers_, metrics_);
    return {};
}

Result<void> App::start_querier() {
    const storage::MemtableSource* memtables = ingester_.get();
    if (memtables == nullptr) {
        no_memtables_ = std::make_unique<NoMemtables>();
        memtables = no_memtables_.get();
    }
    retained_ = std::make_unique<storage::RowView>(*memtables, *store_,
                                                   storage::hide_expired(limits_, clock_));
    shown_ = std::make_unique<storage::RowView>(retained_->memtables(), retained_->store(),
                                                storage::hide_deleted(*deletes_));
    querier_ = read::Querier::create(shown_->memtables(), shown_->store(), limits_, clock_,
                                     workers_, metrics_, &query_memory_);
    Gauge held =
        metrics_.gauge("skald_query_memory_bytes", "What running queries hold of memory.queries.");
    metrics_.before_exposition(
        [this, held]() mutable { held.set(static_cast<double>(query_memory_.used())); });
    // Without an ingester in this process nobody tells when rows come.
    storage::ChangeLog* const changes = ingester_ == nullptr ? nullptr : &changes_;
    queue_ = std::make_unique<read::FairQueue>(
        read::FairQueue::Options{.running_max = config_.frontend.max_running,
                                 .waiting_max = config_.frontend.max_outstanding_per_tenant},
        clock_, metrics_);
    frontend_ = read::make_frontend(
        {.cache_results = config_.query_range.cache_results,
         .cache_bytes = config_.memory.results,
         .max_retries = static_cast<std::uint32_t>(config_.query_range.max_retries)},
        {*querier_, changes, limits_, clock_, workers_, metrics_, *queue_});
    index_querier_ = read::IndexQuerier::create(retained_->memtables(), retained_->store(), limits_,
                                                clock_, workers_, metrics_, &query_memory_);
    return {};
}

/// Others need the machine: pushes or queries wait, or lines in memory are to be written soon.
bool App::is_busy() const {
    if (workers_.queued(Lane::kIngest) > 0 || workers_.queued(Lane::kQuery) > 0) return true;
    return ingester_ != nullptr && ingester_->totals().memory_bytes > config_.memory.ingest / 4 * 3;
}

Result<void> App::start_compactor() {
    SKALD_TRY(compactor_lock_, FolderLock::take(config_.common.chunks_directory + ".lock"));
    storage::Compactor::Options options;
    options.interval = config_.compactor.compaction_interval;
    options.merge_segments = static_cast<std::uint32_t>(config_.compactor.merge_segments);
    options.merge_after = config_.compactor.merge_after;
    options.segment_bytes_max = config_.compactor.segment_size;
    options.block_bytes = config_.compactor.block_size;
    options.removal_delay = config_.compactor.retention_delete_delay;
    options.max_size = config_.retention.max_size;
    // A bucket doesn't fill up, and its place on the disk is a cache.
    if (!objects_->is_remote()) options.min_free_percent = config_.retention.min_free_percent;
    options.directory = objects_->is_remote() ? config_.object_store.cache_directory
                                              : config_.common.chunks_directory;
    SKALD_TRY(options.encode.codec, codec_of(config_.ingester.chunk_encoding));
    options.encode.zstd_level = static_cast<int>(config_.compactor.zstd_level);
    options.memory_settled_after = 2 * config_.ingester.generation_max_age + kNanosPerMinute;
    storage::Compactor::Parts parts{*store_->rewriter(),
                                    limits_,
                                    storage::posix_file_system(),
                                    clock_,
                                    workers_,
                                    metrics_,
                                    [this] { return is_busy(); },
                                    deletes_.get()};
    if (ingester_ != nullptr)
        parts.in_memory = [this](const TenantId& tenant) {
            return ingester_->pin(tenant)->generations();
        };
    parts.rows_gone = [this] { changes_.note_all(); };
    SKALD_TRY(compactor_, storage::Compactor::create(options, std::move(parts)));
    compactor_ring_.put(ring_entry(instance_.empty() ? "compactor" : instance_, 1));
    compactor_->start();
    return {};
}

Result<void> App::start_ruler() {
    const Config::Ruler& ruler = config_.ruler;
    const bool local = ruler.storage_type == "local";
    const bool files = local || ruler.storage_type.empty() || ruler.storage_type == "filesystem";
    if (!files)
        log_warn("rules are kept in files, the store that is asked for is not served",
                 {{"ruler.storage.type", ruler.storage_type}, {"folder", ruler.directory}});
    if (ingester_ == nullptr)
        log_warn("rules see only what is in segments: there is no ingester in this process");
    SKALD_TRY(read::Ruler::Options options, ruler_options(config_));
    options.read_only = local;
    SKALD_TRY(ruler_,
              read::Ruler::create(std::move(options), {storage::posix_file_system(), *querier_,
                                                       limits_, clock_, io_, workers_, metrics_}));
    return ruler_->start();
}

void App::flush_if_prepared() {
    const Result<bool> prepared = shutdown_marker_.is_set();
    if (!prepared || !*prepared) return;
    log_info("writing everything to segments, as a prepared shutdown asks for");
    const Result<void> flushed = ingester_->flush();
    if (!flushed)
        log_error("lines could not be written to segments before the end; they stay in the log",
                  {{"log", config_.ingester.wal_directory},
                   {"segments", config_.common.chunks_directory},
                   {"err", flushed.error().message},
                   {"do", "keep the log's folder and start again on it: it is replayed"}});
}

void App::stop_ingester() {
    background_.close();
    ring_.set_state(instance_, cluster::InstanceState::kLeaving);
    if (ingester_state_.exchange(IngesterState::kStopping) == IngesterState::kRunning) {
        flush_if_prepared();
        ingester_->stop();
    }
    if (patterns_ != nullptr) patterns_->stop();
}

Result<bool> App::shut_down_ingester(bool flush, bool terminate) {
    IngesterState running = IngesterState::kRunning;
    if (!ingester_state_.compare_exchange_strong(running, IngesterState::kStopping)) return false;
    ring_.set_state(instance_, cluster::InstanceState::kLeaving);
    if (flush) {
        if (Result<void> flushed = ingester_->flush(); !flushed) {
            ingester_state_ = IngesterState::kRunning;
            ring_.set_state(instance_, cluster::InstanceState::kActive);
            return std::move(flushed).error();
        }
    }
    ingester_->stop();
    ingester_state_ = IngesterState::kTerminated;
    // The signal that ends the process: whoever waits for it stops the other modules.
    if (terminate) kill(getpid(), SIGTERM);
    return true;
}

/// Sleeps until the time is over or the group is closing: in short naps, so that stopping does not
/// wait for the whole time.
Task<> App::rest(TaskGroup& group, DurationNs time) {
    constexpr auto kNap = std::chrono::milliseconds(100);
    for (DurationNs slept = 0; slept < time && !group.closing();
         slept += std::chrono::nanoseconds(kNap).count())
        co_await clock_.sleep_until(clock_.now() + kNap);
}

/// Reads the files of overrides again from time to time.
Task<> App::watch_overrides() {
    while (!watching_.closing()) {
        co_await rest(watching_, config_.runtime_config.period);
        std::function<Result<void>()> work = [this]() -> Result<void> {
            limits_.reload();
            return {};
        };
        if (!watching_.closing())
            static_cast<void>(co_await run_on(workers_, Lane::kBackground, std::move(work)));
    }
}

/// Looks for delete requests that other processes have taken, and for those that the disk did not
/// give before.
Task<> App::watch_deletes(bool is_shared) {
    constexpr DurationNs kPeriod = 10 * kNanosPerSecond;
    while (!watching_.closing()) {
        co_await rest(watching_, kPeriod);
        std::function<Result<void>()> work = [this] { return deletes_->refresh(); };
        if (watching_.closing()) co_return;
        if (!is_shared && !deletes_->wants_refresh()) continue;
        const Result<void> done = co_await run_on(workers_, Lane::kBackground, std::move(work));
        if (!done) log_warn("delete requests can't be read", {{"err", done.error().message}});
    }
}

/// Once a second: the ring's heartbeat, generations that are old enough, flushes that failed.
Task<> App::tick() {
    while (!background_.closing()) {
        ring_.heartbeat(instance_, clock_.wall_now());
        std::function<Result<void>()> work = [this]() -> Result<void> {
            ingester_->tick();
            if (patterns_ != nullptr) patterns_->tick();
            return {};
        };
        static_cast<void>(co_await run_on(workers_, Lane::kBackground, std::move(work)));
        co_await rest(background_, kNanosPerSecond);
    }
}

}  // namespace skald::app
