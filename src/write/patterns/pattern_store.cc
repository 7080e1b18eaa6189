// SPDX-License-Identifier: Apache-2.0
#include "pattern_table.h"
#include "sample_rate.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/replace_file.h>
#include <skald/write/patterns/pattern_store.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace skald::write {
namespace {

constexpr std::string_view kFileName = "patterns.skpt";

/// `pattern_ingester_tokenizable_json_fields_…`
std::vector<std::string> message_keys(const Limits& limits) {
    std::vector<std::string> keys = limits.pattern_ingester_tokenizable_json_fields_default;
    const auto& more = limits.pattern_ingester_tokenizable_json_fields_append;
    const auto& fewer = limits.pattern_ingester_tokenizable_json_fields_delete;
    keys.insert(keys.end(), more.begin(), more.end());
    std::erase_if(keys, [&](const std::string& key) {
        return std::find(fewer.begin(), fewer.end(), key) != fewer.end();
    });
    return keys;
}

class LocalPatternStore final : public PatternStore {
public:
    LocalPatternStore(Options options, storage::FileSystem& files, const LimitsSource& limits,
                      Clock& clock, MetricsRegistry& metrics);
    ~LocalPatternStore() override { stop(); }

    Result<void> load();
    void start() {
        thread_ = std::thread([this] { run(); });
    }

    std::unique_ptr<cluster::IngesterClient> tap(cluster::IngesterClient& next) override;
    std::vector<Pattern> query(const Request& request) const override {
        return table_.with([&](const PatternTable& table) { return table.query(request); });
    }
    void tick() override;
    void settle() override;
    void stop() override;

    SampledLines sample(const cluster::StreamBatch& batch) {
        const auto choice = rate_.choose(batch.entries.size(), clock_.now());
        return SampledLines::of(batch, choice.weight, choice.first);
    }
    void take(SampledLines sample);

private:
    void run();
    void save();
    std::uint32_t oldest() const {
        return slot_of(std::max<TimeNs>(clock_.wall_now() - options_.retain_for, 0));
    }

    const Options options_;
    storage::FileSystem& files_;
    const LimitsSource& limits_;
    Clock& clock_;
    SampleRate rate_;
    Guarded<PatternTable> table_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::deque<SampledLines> queue_;
    std::size_t queued_bytes_ = 0;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;

    std::atomic<bool> changed_{false};
    std::mutex saving_;
    Clock::TimePoint saved_{};

    Counter lines_;
    Counter dropped_queue_;
    Counter dropped_shape_;
    Gauge memory_;
    Gauge streams_;
};

/// Looks at what the next one accepts.
class Tap final : public cluster::IngesterClient {
public:
    Tap(LocalPatternStore& store, cluster::IngesterClient& next) : store_(store), next_(next) {}

    Task<Result<void>> push(cluster::StreamBatch batch) override {
        // Copied before, because the batch is gone afterwards; it is a few lines of many.
        SampledLines sample = store_.sample(batch);
        Result<void> pushed = co_await next_.push(std::move(batch));
        if (pushed && !sample.lines.empty()) store_.take(std::move(sample));
        co_return pushed;
    }

private:
    LocalPatternStore& store_;
    cluster::IngesterClient& next_;
};

LocalPatternStore::LocalPatternStore(Options options, storage::FileSystem& files,
                                     const LimitsSource& limits, Clock& clock,
                                     MetricsRegistry& metrics)
    : options_(std::move(options)),
      files_(files),
      limits_(limits),
      clock_(clock),
      rate_(options_.lines_per_second),
      table_(PatternTable(options_.memory_bytes_max)),
      saved_(clock.now()),
      lines_(
          metrics.counter("skald_pattern_lines_total", "Lines that patterns were looked for in.")),
      dropped_queue_(metrics.counter("skald_pattern_lines_dropped_total",
                                     "Lines that were sampled but not counted.",
                                     {{"reason", "queue_full"}})),
      dropped_shape_(metrics.counter("skald_pattern_lines_dropped_total",
                                     "Lines that were sampled but not counted.",
                                     {{"reason", "no_pattern"}})),
      memory_(metrics.gauge("skald_pattern_memory_bytes", "Memory of log patterns.")),
      streams_(metrics.gauge("skald_pattern_streams", "Streams with log patterns.")) {}

Result<void> LocalPatternStore::load() {
    const std::string path = storage::join_path(options_.directory, kFileName);
    SKALD_CHECK(storage::make_durable_directories(files_, options_.directory));
    SKALD_TRY(const bool exists, files_.exists(path));
    if (!exists) return {};
    SKALD_TRY(const Buffer bytes, files_.read_all(path));
    auto table = table_.lock();
    const auto decoded = table->decode(bytes.view());
    if (!decoded) {
        log_warn("log patterns are not loaded",
                 {{"path", path}, {"error", decoded.error().message}});
    }
    table->prune(oldest());
    return {};
}

std::unique_ptr<cluster::IngesterClient> LocalPatternStore::tap(cluster::IngesterClient& next) {
    return std::make_unique<Tap>(*this, next);
}

void LocalPatternStore::take(SampledLines sample) {
    const std::size_t bytes = sample.bytes();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queued_bytes_ + bytes > options_.queue_bytes_max) {
            dropped_queue_.add(static_cast<double>(sample.lines.size()));
            return;
        }
        queued_bytes_ += bytes;
        queue_.push_back(std::move(sample));
    }
    wake_.notify_one();
}

void LocalPatternStore::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const std::deque<SampledLines> work = std::exchange(queue_, {});
        queued_bytes_ = 0;
        busy_ = true;
        lock.unlock();
        for (const SampledLines& sample : work) {
            lines_.add(static_cast<double>(sample.lines.size()));
            const std::vector<std::string> keys = message_keys(*limits_.of(sample.tenant));
            // Locked for each push, so that a query need not wait for all of them.
            const std::size_t left_out = table_.lock()->add(sample, keys);
            if (left_out > 0) dropped_shape_.add(static_cast<double>(left_out));
        }
        changed_ = true;
        lock.lock();
        busy_ = false;
        idle_.notify_all();
    }
}

void LocalPatternStore::tick() {
    if (clock_.now() - saved_ < std::chrono::nanoseconds(options_.save_every)) return;
    saved_ = clock_.now();
    save();
}

void LocalPatternStore::save() {
    const std::lock_guard saving(saving_);
    std::string bytes;
    {
        auto table = table_.lock();
        table->prune(oldest());
        memory_.set(static_cast<double>(table->memory_bytes()));
        streams_.set(static_cast<double>(table->streams()));
        if (!changed_.exchange(false)) return;
        bytes = table->encode();
    }
    const auto written = storage::replace_file(files_, options_.directory, kFileName, bytes);
    if (written) return;
    changed_ = true;
    log_warn("log patterns are not saved", {{"error", written.error().message}});
}

void LocalPatternStore::settle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void LocalPatternStore::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    save();
}

}  // namespace

Result<std::unique_ptr<PatternStore>> PatternStore::create(Options options,
                                                           storage::FileSystem& files,
                                                           const LimitsSource& limits, Clock& clock,
                                                           MetricsRegistry& metrics) {
    auto store =
        std::make_unique<LocalPatternStore>(std::move(options), files, limits, clock, metrics);
    SKALD_CHECK(store->load());
    store->start();
    return std::unique_ptr<PatternStore>(std::move(store));
}

}  // namespace skald::write
