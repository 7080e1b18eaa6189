// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admission.h"
#include "apply_thread.h"
#include "live_generations.h"
#include "live_hub.h"
#include "memory_ledger.h"
#include "metrics.h"
#include "publisher.h"
#include "recovery.h"
#include "sealer.h"
#include "stream_table.h"

#include <skald/storage/wal/wal.h>
#include <skald/write/ingester/ingester.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace skald::write {

/// The ingester of this process.
///
/// A push goes through four hands: its own coroutine (or a worker, if it is large) checks, encodes
/// and frames it; the WAL thread makes it durable; the apply thread, which is fed in WAL order,
/// puts its rows into the memtable of the generation that the WAL chose; then the coroutine goes
/// on.
class LocalIngester final : public Ingester {
public:
    LocalIngester(Options options, storage::Store& store, const LimitsSource& limits, Clock& clock,
                  WorkerPool& workers, MetricsRegistry& metrics);
    /// As `stop`.
    ~LocalIngester() override { stop(); }

    /// Opens the WAL and replays what it has, or begins to. Once, before anything else.
    Result<void> start(storage::FileSystem& files);

    Task<Result<void>> push(cluster::StreamBatch batch) override;
    std::shared_ptr<const storage::MemtablePin> pin(const TenantId& tenant) const override;
    Result<void> flush() override;
    void tick() override;
    void stop() override;
    Totals totals() const override;
    cluster::LiveTail& live_tail() override { return live_hub_; }

private:
    /// A push on its way through the hands.
    struct Push {
        explicit Push(cluster::StreamBatch from);

        cluster::StreamBatch batch;
        std::uint64_t bytes = 0;
        TenantStreams* streams = nullptr;
        std::shared_ptr<const Limits> limits;
        ShardOrder order;
        CheckOutcome checked;
        storage::WalRecord record;
        std::function<void(Result<void>)> resume;
    };
    class Call;

    void prepare(Push& push);
    void append(const std::shared_ptr<Push>& push);
    void replay(Recovery& recovery, const std::vector<std::uint64_t>& wal_files);
    /// False if it is being stopped.
    bool wait_replayed() const;
    void publish(std::shared_ptr<Memtable> memtable);
    void apply(Push& push, const Result<std::uint64_t>& generation);
    Memtable& memtable_of(std::uint64_t generation);
    void generation_ended(std::uint64_t generation);
    void after_batch();
    void rotate(const char* reason);
    void update_pressure();
    void update_gauges();
    bool enter_call();
    void leave_call();
    std::int64_t now_ns() const;

    const Options options_;
    storage::Store& store_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    MetricsRegistry& registry_;
    IngesterMetrics metrics_;
    // Shared with the memtables, which a query may hold longer than the ingester lives.
    const std::shared_ptr<MemoryLedger> ledger_ = std::make_shared<MemoryLedger>();
    LiveGenerations live_;
    /// Shared with the store, which looks for streams there.
    const std::shared_ptr<StreamTable> streams_;
    Admission admission_;
    LiveHub live_hub_;

    std::atomic<bool> stopping_{false};
    std::atomic<bool> rotating_{false};
    std::atomic<const char*> rotate_reason_{nullptr};
    std::atomic<bool> pressed_{false};
    std::atomic<std::int64_t> last_sweep_{0};

    std::mutex calls_mutex_;
    std::condition_variable calls_done_;
    std::size_t calls_ = 0;
    bool stopped_ = false;

    std::shared_ptr<Memtable> active_;                      ///< The apply thread's alone.
    std::atomic<Clock::TimePoint::rep> active_created_{0};  ///< 0: there is none.

    Sealer sealer_;
    ApplyThread apply_;
    std::unique_ptr<storage::Wal> wal_;
    std::unique_ptr<Publisher> publisher_;

    mutable std::mutex replay_mutex_;
    mutable std::condition_variable replay_ended_;
    std::atomic<bool> replaying_{false};
    /// Ended while older ones are replayed: the publisher takes them in order.
    std::vector<std::shared_ptr<Memtable>> behind_replay_;
    std::thread replay_thread_;
};

}  // namespace skald::write
