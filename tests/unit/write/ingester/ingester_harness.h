// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/faulty_file_system.h"
#include "support/memory_catalog.h"
#include "support/result_assertions.h"

#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/store/store.h>
#include <skald/storage/wal/wal.h>
#include <skald/write/ingester/ingester.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {

inline constexpr TimeNs kNoon = 1'793'491'200'000'000'000 + 12 * kNanosPerHour;  // 2026-11-01.

/// Time that the test moves; sleepers poll it, on I/O threads.
class ManualClock final : public Clock {
public:
    TimePoint now() const override { return TimePoint(std::chrono::nanoseconds(now_.load())); }
    std::int64_t wall_now() const override { return kNoon + now_.load(); }
    Task<> sleep_until(TimePoint wake) override {
        sleeps_.fetch_add(1);
        // Time that nobody moves stands still for everybody but the sleepers.
        if (jump_.load()) now_.store(std::max(now_.load(), wake.time_since_epoch().count()));
        SystemClock real;
        co_await real.sleep_until(real.now() + std::chrono::microseconds(50));
    }
    void advance(std::chrono::nanoseconds by) { now_.fetch_add(by.count()); }
    /// Sleeping moves the time.
    void jump_on_sleep(bool jump) { jump_.store(jump); }
    std::uint64_t sleeps() const { return sleeps_.load(); }

private:
    std::atomic<std::int64_t> now_{kNanosPerHour};
    std::atomic<std::uint64_t> sleeps_{0};
    std::atomic<bool> jump_{false};
};

/// Limits that a test may change between pushes.
class MutableLimits final : public LimitsSource {
public:
    MutableLimits() { limits.per_stream_rate_limit = 0; }
    std::shared_ptr<const Limits> of(const TenantId&) const override {
        return std::make_shared<const Limits>(limits);
    }
    Limits limits;
};

/// Builds a batch whose bytes it owns.
class BatchBuilder {
public:
    explicit BatchBuilder(TenantId tenant = TenantId::anonymous())
        : batch_{std::move(tenant), {}, {}, {}, {}},
          texts_(std::make_shared<std::deque<std::string>>()) {
        batch_.owners.push_back(texts_);
    }
    BatchBuilder& stream(std::vector<Labels::Pair> labels) {
        return stream(std::make_shared<const Stream>(Labels::from_pairs(std::move(labels))));
    }
    BatchBuilder& stream(StreamPtr stream) {
        const auto at = static_cast<std::uint32_t>(batch_.entries.size());
        batch_.streams.push_back({std::move(stream), at, at});
        return *this;
    }
    BatchBuilder& entry(TimeNs time, std::string line, std::string level = {},
                        std::vector<Labels::Pair> metadata = {}) {
        EntryView entry;
        entry.time = time;
        entry.line = keep(std::move(line));
        entry.level = keep(std::move(level));
        entry.metadata_begin = static_cast<std::uint32_t>(batch_.pairs.size());
        entry.metadata_count = static_cast<std::uint32_t>(metadata.size());
        for (auto& [name, value] : metadata) {
            const std::string_view kept = keep(std::move(name));
            batch_.pairs.push_back({kept, keep(std::move(value))});
        }
        batch_.entries.push_back(entry);
        batch_.streams.back().entries_end = static_cast<std::uint32_t>(batch_.entries.size());
        return *this;
    }
    cluster::StreamBatch take() { return std::move(batch_); }

private:
    std::string_view keep(std::string text) { return texts_->emplace_back(std::move(text)); }

    cluster::StreamBatch batch_;
    std::shared_ptr<std::deque<std::string>> texts_;
};

/// A batch of one stream, `{app="<app>"}`.
inline cluster::StreamBatch one_stream(const std::string& app, TimeNs first,
                                       const std::vector<std::string>& lines,
                                       TenantId tenant = TenantId::anonymous()) {
    BatchBuilder builder(std::move(tenant));
    builder.stream({{"app", app}});
    for (const std::string& line : lines) builder.entry(first++, line);
    return builder.take();
}

/// Threads that all tests of a program share: starting them thousands of times costs too much.
struct SharedThreads {
    IoThreads io{2};
    WorkerPool workers{{.threads = 2}};

    static SharedThreads& get() {
        static SharedThreads threads;
        return threads;
    }
};

/// An ingester on a file system, an object store and a catalog, which can be stopped and started.
class IngesterHarness {
public:
    explicit IngesterHarness(storage::FileSystem& files) : files_(files) {
        options.wal_directory = "wal";
        options.encode.codec = storage::Codec::kLz4;
        make_catalog = [this]() -> storage::Catalog& { return memory_catalog; };
    }
    ~IngesterHarness() { stop(); }

    Result<void> start() {
        pushes_ = std::make_unique<TaskGroup>();
        SKALD_TRY(objects_, storage::open_file_object_store(files_, "objects"));
        SKALD_TRY(store, storage::Store::open(*objects_, make_catalog(), {}, metrics));
        SKALD_TRY(ingester, Ingester::create(options, files_, *store, limits, clock,
                                             SharedThreads::get().workers, metrics));
        return {};
    }
    void stop() {
        if (ingester) ingester->stop();
        // A push that has not begun yet is to find an ingester that refuses it.
        if (pushes_) pushes_->close();
        pushes_.reset();
        ingester.reset();
        store.reset();
        objects_.reset();
    }

    std::future<Result<void>> push_later(cluster::StreamBatch batch) {
        auto promise = std::make_shared<std::promise<Result<void>>>();
        std::future<Result<void>> future = promise->get_future();
        pushes_->spawn(SharedThreads::get().io.next().get_executor(),
                       run_push(*ingester, std::move(batch), promise));
        return future;
    }
    Result<void> push(cluster::StreamBatch batch) { return push_later(std::move(batch)).get(); }

    /// Every visible row's line, with how often it is seen.
    Result<std::map<std::string, int>> lines(std::vector<Matcher> matchers = {},
                                             TimeNs start = kTimeMin, TimeNs end = kTimeMax,
                                             TenantId tenant = TenantId::anonymous()) const {
        SKALD_TRY(const std::vector<storage::Run> runs,
                  select({std::move(tenant), std::move(matchers), start, end}));
        std::map<std::string, int> seen;
        for (const storage::Run& run : runs) {
            SKALD_TRY(const storage::LineColumn column, run.block->lines());
            for (std::uint32_t row = run.row_begin; row < run.row_end; ++row) {
                ++seen[std::string(column.line(row))];
            }
        }
        return seen;
    }
    /// Memtables first, then the store, as a query does.
    Result<std::vector<storage::Run>> select(const storage::Selection& selection) const {
        const auto pin = ingester->pin(selection.tenant);
        if (between_pin_and_store) between_pin_and_store();
        SKALD_TRY(std::vector<storage::Run> stored, store->select(selection, pin->generations()));
        SKALD_TRY(std::vector<storage::Run> runs, pin->select(selection));
        for (storage::Run& run : stored) runs.push_back(std::move(run));
        return runs;
    }
    std::vector<std::uint64_t> wal_files() const {
        return *storage::list_wal_generations(files_, "wal");
    }

    Ingester::Options options;
    MutableLimits limits;
    ManualClock clock;
    MetricsRegistry metrics;
    storage::MemoryCatalog memory_catalog;
    std::function<storage::Catalog&()> make_catalog;
    std::function<void()> between_pin_and_store;
    std::unique_ptr<storage::Store> store;
    std::unique_ptr<Ingester> ingester;

private:
    static Task<> run_push(Ingester& ingester, cluster::StreamBatch batch,
                           std::shared_ptr<std::promise<Result<void>>> promise) {
        Result<void> result = co_await ingester.push(std::move(batch));
        promise->set_value(std::move(result));
    }

    storage::FileSystem& files_;
    std::unique_ptr<storage::ObjectStore> objects_;
    std::unique_ptr<TaskGroup> pushes_;
};

}  // namespace skald::write
