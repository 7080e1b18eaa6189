// SPDX-License-Identifier: Apache-2.0
#include "local_ingester.h"

#include "memtable_reader.h"
#include "shutting_down.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/blocking.h>
#include <skald/foundation/runtime/suspend.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/write/ingester/wal_record.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <utility>

namespace skald::write {
namespace {

// Pushes smaller than this are checked, encoded and framed where they are: some 50 µs at most, less
// than what going to a worker and back costs under load.
constexpr std::uint64_t kInlineBytes = 24 * kKiB;
constexpr std::uint64_t kInFlightMax = 32 * kMiB;
constexpr std::uint64_t kSealingMax = 32 * kMiB;
constexpr DurationNs kDelayMax = 2 * kNanosPerSecond;
// A scratch buffer larger than this is not kept for the next push.
constexpr std::size_t kScratchKept = 4 * kMiB;
// Streams that nobody wrote to for so long, and whose rows are all published, are forgotten.
constexpr DurationNs kStreamIdle = 15 * kNanosPerMinute;
constexpr DurationNs kSweepEvery = kNanosPerMinute;
constexpr std::uint32_t kBackgroundWeight = 2;
constexpr std::uint32_t kBackgroundWeightPressed = 32;

/// Memory that a batch takes while it is on its way: what it views, and the views.
std::uint64_t bytes_of(const cluster::StreamBatch& batch) {
    std::uint64_t bytes = batch.entries.size() * sizeof(EntryView) + batch.body.packed.size();
    for (const EntryView& entry : batch.entries) bytes += entry.line.size();
    for (const LabelView& pair : batch.pairs) bytes += pair.name.size() + pair.value.size();
    return bytes;
}

/// What a reader gets who waited for rows that the process ended without.
class NothingToRead final : public storage::MemtablePin {
public:
    const std::set<storage::GenerationId>& generations() const override { return none_; }
    Result<std::vector<storage::Run>> select(const storage::Selection&) const override {
        return shutting_down();
    }
    Result<std::vector<StreamPtr>> streams(const storage::Selection&) const override {
        return shutting_down();
    }

private:
    std::set<storage::GenerationId> none_;
};

cluster::StreamBatch empty_like(const cluster::StreamBatch& batch) {
    return {.tenant = batch.tenant, .streams = {}, .entries = {}, .pairs = {}, .owners = {}};
}

storage::WalRecord make_record(const cluster::StreamBatch& batch) {
    // One a thread, because fresh pages cost more than the copy into them.
    thread_local Buffer scratch;
    const WalPayload payload = encode_wal_record(batch, scratch);
    storage::WalRecord record = payload.body.empty()
                                    ? storage::frame_record(payload.head)
                                    : storage::frame_packed_record(payload.head, payload.body);
    if (scratch.capacity() > kScratchKept) scratch = Buffer();
    return record;
}

}  // namespace

/// Keeps `stop` waiting while a call is inside.
class LocalIngester::Call {
public:
    explicit Call(LocalIngester& ingester) : ingester_(ingester), inside_(ingester.enter_call()) {}
    ~Call() {
        if (inside_) ingester_.leave_call();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    bool inside() const { return inside_; }

private:
    LocalIngester& ingester_;
    const bool inside_;
};

LocalIngester::Push::Push(cluster::StreamBatch from)
    : batch(std::move(from)), bytes(bytes_of(batch)), order(batch) {}

LocalIngester::LocalIngester(Options options, storage::Store& store, const LimitsSource& limits,
                             Clock& clock, WorkerPool& workers, MetricsRegistry& metrics)
    : options_(std::move(options)),
      store_(store),
      limits_(limits),
      clock_(clock),
      workers_(workers),
      registry_(metrics),
      metrics_(metrics),
      streams_(std::make_shared<StreamTable>(
          TenantStreams::Options{options_.out_of_order_window, options_.max_returned_stream_errors,
                                 ledger_},
          metrics)),
      admission_({options_.memory_budget, kInFlightMax, kSealingMax, kDelayMax}, *ledger_, clock),
      live_hub_(metrics, options_.tail_memory),
      sealer_(
          workers, options_.encode, *ledger_, [this] { update_pressure(); },
          metrics_.seal_failures),
      apply_([this] { after_batch(); }) {}

Result<void> LocalIngester::start(storage::FileSystem& files) {
    store_.share_streams(streams_);
    const std::string& directory = options_.wal_directory;
    SKALD_TRY(const std::vector<std::uint64_t> wal_files,
              storage::list_wal_generations(files, directory));
    // A number that was used before would make the store take new rows for the old ones.
    SKALD_TRY(std::uint64_t last, store_.last_generation(options_.instance));
    if (!wal_files.empty()) last = std::max(last, wal_files.back());
    const auto ended = [this](std::uint64_t generation) {
        apply_.add_barrier([this, generation] { generation_ended(generation); });
    };
    SKALD_TRY(wal_, storage::Wal::open(files,
                                       {.directory = directory,
                                        .first_generation = last + 1,
                                        .right_of_way = &workers_.right_of_way()},
                                       ended, registry_));
    publisher_ = std::make_unique<Publisher>(
        Publisher::Parts{store_, *wal_, live_, sealer_, clock_, metrics_},
        SegmentFill{options_.block_bytes, options_.shared_block_below, options_.encode});
    auto recovery = std::make_unique<Recovery>(
        Recovery::Options{options_.instance, directory, options_.block_bytes,
                          options_.memory_budget, static_cast<std::int64_t>(kSealingMax),
                          &stopping_},
        Recovery::Parts{files, store_, *streams_, sealer_, ledger_, live_, *publisher_, clock_,
                        metrics_});
    if (!options_.replay_failed || wal_files.empty()) return recovery->replay(wal_files);
    replaying_.store(true);
    replay_thread_ = std::thread(
        [this, recovery = std::move(recovery), wal_files] { replay(*recovery, wal_files); });
    return {};
}

/// On the replay thread.
void LocalIngester::replay(Recovery& recovery, const std::vector<std::uint64_t>& wal_files) {
    const Result<void> replayed = recovery.replay(wal_files);
    if (!replayed) {
        if (!stopping_) options_.replay_failed(replayed.error());
        return;
    }
    {
        const std::lock_guard hold(replay_mutex_);
        for (std::shared_ptr<Memtable>& memtable : behind_replay_)
            publisher_->add(std::move(memtable));
        behind_replay_.clear();
        replaying_.store(false);
    }
    replay_ended_.notify_all();
}

bool LocalIngester::wait_replayed() const {
    if (!replaying_) return true;
    const Blocking waiting;
    std::unique_lock hold(replay_mutex_);
    replay_ended_.wait(hold, [this] { return !replaying_ || stopping_; });
    return !replaying_;
}

/// Nothing will be appended to it any more.
void LocalIngester::publish(std::shared_ptr<Memtable> memtable) {
    const std::lock_guard hold(replay_mutex_);
    if (replaying_)
        behind_replay_.push_back(std::move(memtable));
    else
        publisher_->add(std::move(memtable));
}

/// On the I/O thread or a worker: takes out what the tenant's limits refuse, and makes the record.
void LocalIngester::prepare(Push& push) {
    push.limits = limits_.of(push.batch.tenant);
    push.streams = &streams_->of(push.batch.tenant);
    push.checked = push.streams->check(push.batch, push.order, *push.limits, now_ns());
    if (push.checked.rows > 0) push.record = make_record(push.batch);
}

Task<Result<void>> LocalIngester::push(cluster::StreamBatch batch) {
    const Call call(*this);
    if (!call.inside()) co_return shutting_down();
    auto push = std::make_shared<Push>(std::move(batch));
    if (!admission_.try_enter(push->bytes)) {
        metrics_.pushes_delayed.add();
        Result<void> entered = co_await admission_.enter(push->bytes, stopping_);
        if (!entered) {
            metrics_.pushes_refused.add();
            co_return std::move(entered).error();
        }
    }
    if (push->bytes < kInlineBytes) {
        prepare(*push);
    } else {
        auto work = [this, push] {
            prepare(*push);
            return true;
        };
        co_await run_on(workers_, {Lane::kIngest, push->batch.tenant.flow()}, std::move(work));
    }
    if (push->checked.rows == 0) {
        admission_.leave(push->bytes);
    } else {
        std::function<void(std::function<void(Result<void>)>)> start =
            [this, push](std::function<void(Result<void>)> resume) {
                push->resume = std::move(resume);
                append(push);
            };
        Result<void> applied = co_await suspend<Result<void>>(std::move(start));
        if (!applied) co_return std::move(applied).error();
    }
    if (!push->checked.refused) co_return Result<void>();
    co_return push->checked.refused->error(push->batch.tenant, *push->limits);
}

/// Queues the record; the WAL thread's answer goes to the apply thread, so that a tenant's rows
/// follow each other there as they do in the log.
void LocalIngester::append(const std::shared_ptr<Push>& push) {
    wal_->append(std::exchange(push->record, {}), [this, push](Result<std::uint64_t> generation) {
        apply_.add(push->batch.tenant.flow(),
                   [this, push, generation = std::move(generation)] { apply(*push, generation); });
    });
}

/// On the apply thread.
void LocalIngester::apply(Push& push, const Result<std::uint64_t>& generation) {
    Result<void> result;
    if (generation) {
        memtable_of(*generation).append(push.batch);
        push.streams->applied(push.batch, push.order, push.checked.last, *generation, now_ns());
    } else {
        metrics_.wal_failures.add();
        result = Error{ErrorCode::kUnavailable, generation.error().message};
    }
    if (generation && live_hub_.is_tailed())
        live_hub_.offer(std::exchange(push.batch, empty_like(push.batch)), push.bytes);
    push.batch.owners.clear();
    admission_.leave(push.bytes);
    const std::function<void(Result<void>)> resume = std::move(push.resume);
    resume(std::move(result));
}

Memtable& LocalIngester::memtable_of(std::uint64_t generation) {
    if (active_ && active_->id().number == generation) return *active_;
    // The end of a generation is told before the first record of the next.
    SKALD_ASSERT(active_ == nullptr);
    const Clock::TimePoint now = clock_.now();
    active_ = std::make_shared<Memtable>(
        Memtable::Options{{options_.instance, generation}, options_.block_bytes, now}, sealer_,
        ledger_);
    active_created_.store(now.time_since_epoch().count() | 1);
    live_.add(active_);
    return *active_;
}

/// On the apply thread, after the generation's last row.
void LocalIngester::generation_ended(std::uint64_t generation) {
    const char* reason = rotate_reason_.exchange(nullptr);
    if (!active_ || active_->id().number != generation) {
        publisher_->retire_later(generation);
        return;
    }
    if (reason != nullptr) active_->end_reason = reason;
    active_created_.store(0);
    publish(std::exchange(active_, nullptr));
}

/// On the apply thread: ends the generation if it is large enough.
void LocalIngester::after_batch() {
    update_pressure();
    if (!active_ || stopping_) return;
    // What waits to be sealed will soon take a quarter of what it does: a backlog is no reason to
    // end a generation, which cuts every block that is open.
    const std::int64_t passing = ledger_->sealing.load() / 2;
    const auto settled = [&](std::int64_t bytes) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes - passing, 0));
    };
    const std::uint64_t memory = settled(active_->memory_bytes());
    const std::uint64_t all = settled(ledger_->rows.load());
    const std::uint64_t budget = ledger_->left_for_rows(options_.memory_budget);
    const bool pressed = all > budget / 5 * 4 && memory > budget / 16;
    if (pressed || memory >= options_.memtable_bytes_max ||
        wal_->current_bytes() >= options_.wal_bytes_max) {
        rotate("full");
    }
}

void LocalIngester::rotate(const char* reason) {
    if (rotating_.exchange(true)) return;
    rotate_reason_.store(reason);
    wal_->rotate([this] { rotating_.store(false); });
}

/// Lets sealing and flushing go first while memory is short.
void LocalIngester::update_pressure() {
    const std::uint64_t budget = ledger_->left_for_rows(options_.memory_budget);
    const bool pressed = ledger_->rows.load() > static_cast<std::int64_t>(budget / 5 * 4) ||
                         ledger_->sealing.load() > static_cast<std::int64_t>(kSealingMax / 2);
    if (pressed_.exchange(pressed) == pressed) return;
    workers_.set_weight(Lane::kBackground, pressed ? kBackgroundWeightPressed : kBackgroundWeight);
}

std::shared_ptr<const storage::MemtablePin> LocalIngester::pin(const TenantId& tenant) const {
    if (!wait_replayed()) return std::make_shared<NothingToRead>();
    return std::make_shared<MemtableReader>(tenant, live_.all());
}

Result<void> LocalIngester::flush() {
    const Call call(*this);
    if (!call.inside() || !wait_replayed()) return shutting_down();
    std::promise<void> applied;
    rotate_reason_.store("forced");
    wal_->rotate([this, &applied] { apply_.add_barrier([&applied] { applied.set_value(); }); });
    applied.get_future().wait();
    return publisher_->drain();
}

void LocalIngester::tick() {
    const Call call(*this);
    if (!call.inside()) return;
    const Clock::TimePoint::rep created = active_created_.load();
    const auto age = clock_.now().time_since_epoch() - Clock::TimePoint::duration(created);
    if (created != 0 && age >= std::chrono::nanoseconds(options_.generation_age_max))
        rotate("max_age");
    publisher_->tick();
    const std::int64_t now = now_ns();
    if (now - last_sweep_.load() >= kSweepEvery) {
        last_sweep_.store(now);
        streams_->forget_idle(live_.oldest(), now - kStreamIdle);
    }
    update_gauges();
}

void LocalIngester::update_gauges() {
    metrics_.memory_blocks.set(static_cast<double>(ledger_->blocks.load()));
    const auto begun = static_cast<double>(ledger_->blocks_begun.load());
    metrics_.blocks_created.add(std::max(0.0, begun - metrics_.blocks_created.value()));
    metrics_.memory_bytes.set(static_cast<double>(ledger_->rows.load()));
    metrics_.stream_bytes.set(static_cast<double>(ledger_->streams.load()));
    metrics_.sealing_bytes.set(static_cast<double>(ledger_->sealing.load()));
    metrics_.in_flight_bytes.set(static_cast<double>(admission_.in_flight()));
    metrics_.generations.set(static_cast<double>(live_.count()));
}

void LocalIngester::stop() {
    stopping_.store(true);
    {
        std::unique_lock hold(calls_mutex_);
        if (std::exchange(stopped_, true)) return;
    }
    // Those that wait for the replay: the flag was set outside of their lock.
    { const std::lock_guard hold(replay_mutex_); }
    replay_ended_.notify_all();
    // A flush that waits for the publisher must not keep us waiting.
    if (publisher_) publisher_->stop();
    {
        std::unique_lock hold(calls_mutex_);
        calls_done_.wait(hold, [this] { return calls_ == 0; });
    }
    if (replay_thread_.joinable()) replay_thread_.join();
    if (wal_) wal_->stop();
    apply_.stop();
    sealer_.wait_idle();
    update_gauges();
}

Ingester::Totals LocalIngester::totals() const {
    Totals totals;
    totals.streams = streams_->count();
    totals.memory_bytes = static_cast<std::uint64_t>(ledger_->rows.load()) + admission_.in_flight();
    totals.generations = live_.count();
    totals.wal_bytes = wal_->current_bytes();
    return totals;
}

bool LocalIngester::enter_call() {
    const std::lock_guard hold(calls_mutex_);
    if (stopping_) return false;
    ++calls_;
    return true;
}

void LocalIngester::leave_call() {
    const std::lock_guard hold(calls_mutex_);
    if (--calls_ == 0) calls_done_.notify_all();
}

std::int64_t LocalIngester::now_ns() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch())
        .count();
}

}  // namespace skald::write
