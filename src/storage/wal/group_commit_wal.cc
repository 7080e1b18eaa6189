// SPDX-License-Identifier: Apache-2.0
#include "group_commit_wal.h"

#include "wal_path.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/runtime/thread_priority.h>
#include <skald/foundation/telemetry/log.h>

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::storage {
namespace {

Error wal_error(const Error& cause) {
    return Error{ErrorCode::kUnavailable, "write-ahead log: " + cause.message};
}

}  // namespace

WalRecord frame_record(std::string_view payload) {
    WalRecord record;
    record.payload_bytes = payload.size();
    // One that is too large stays without a frame; `append` refuses it.
    if (payload.size() <= wal_format::kRecordBytesMax) {
        record.frame = wal_format::make_frame(payload);
    }
    return record;
}

WalRecord frame_packed_record(std::string_view head, std::string_view packed) {
    WalRecord record;
    record.payload_bytes = head.size() + packed.size();
    if (record.payload_bytes <= wal_format::kRecordBytesMax) {
        record.frame = wal_format::begin_plain_frame(head, packed);
        record.rest = packed;
    }
    return record;
}

Result<std::unique_ptr<Wal>> Wal::open(FileSystem& files, Options options, GenerationEnded ended,
                                       MetricsRegistry& metrics) {
    SKALD_CHECK(make_durable_directories(files, options.directory));
    // A file that is there is never written over, whatever number the caller thinks is free.
    SKALD_TRY(const auto existing, list_wal_generations(files, options.directory));
    if (!existing.empty()) {
        options.first_generation = std::max(options.first_generation, existing.back() + 1);
    }
    return std::unique_ptr<Wal>(
        std::make_unique<GroupCommitWal>(files, std::move(options), std::move(ended), metrics));
}

GroupCommitWal::GroupCommitWal(FileSystem& files, Options options, GenerationEnded ended,
                               MetricsRegistry& metrics)
    : files_(files),
      options_(std::move(options)),
      ended_(std::move(ended)),
      metrics_(metrics),
      generation_(options_.first_generation),
      removal_(files),
      thread_([this] { run(); }) {}

GroupCommitWal::~GroupCommitWal() {
    stop();
}

void GroupCommitWal::append(WalRecord record, AppendDone done) {
    SKALD_ASSERT(done != nullptr);
    const std::uint64_t bytes = record.stored_bytes();
    if (record.frame.empty()) {
        done(Error{ErrorCode::kTooLarge, "write-ahead log: a record of " +
                                             std::to_string(record.payload_bytes) +
                                             " bytes is larger than the limit of " +
                                             std::to_string(wal_format::kRecordBytesMax)});
        return;
    }
    std::string refusal;
    bool wake = false;
    {
        auto queue = queue_.lock();
        // One record always fits in an empty queue, or it could never be written.
        if (queue->stopping) {
            refusal = "it is stopping";
        } else if (queue->bytes > 0 && queue->bytes + bytes > options_.queue_bytes_max) {
            refusal = "too many bytes wait to be written";
        } else {
            queue->bytes += bytes;
            queue->requests.push_back(Request{std::move(record), std::move(done), nullptr});
            wake = std::exchange(queue->idle, false);
        }
    }
    if (wake) wake_.notify_one();
    if (!refusal.empty()) done(Error{ErrorCode::kUnavailable, "write-ahead log: " + refusal});
}

void GroupCommitWal::rotate(std::function<void()> done) {
    bool wake = false;
    {
        auto queue = queue_.lock();
        if (!queue->stopping) {
            queue->requests.push_back(Request{{}, nullptr, std::move(done)});
            wake = std::exchange(queue->idle, false);
            done = nullptr;
        }
    }
    if (wake) wake_.notify_one();
    if (done) done();
}

Result<void> GroupCommitWal::remove(std::uint64_t generation) {
    SKALD_ASSERT(generation < generation_.load());
    const Result<void> removed = removal_.remove(wal_path(options_.directory, generation));
    // Gone is gone. A power loss may bring it back, and replay then finds its segment.
    if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
    return removed;
}

void GroupCommitWal::stop() {
    SKALD_ASSERT(std::this_thread::get_id() != thread_.get_id());
    std::call_once(stopped_, [this] {
        queue_.with([](Queue& queue) { queue.stopping = true; });
        wake_.notify_one();
        thread_.join();
    });
}

void GroupCommitWal::run() {
    static_cast<void>(go_first());
    pthread_setname_np(pthread_self(), "wal");
    std::vector<Request> batch;
    while (take(batch)) {
        serve(batch);
        batch.clear();
    }
}

bool GroupCommitWal::take(std::vector<Request>& batch) {
    auto queue = queue_.lock();
    while (queue->requests.empty()) {
        if (queue->stopping) return false;
        queue->idle = true;
        wake_.wait(queue.lock());
    }
    queue->idle = false;
    batch.swap(queue->requests);
    return true;
}

void GroupCommitWal::serve(std::span<Request> batch) {
    while (!batch.empty()) {
        const auto rotation = std::ranges::find_if_not(batch, &Request::is_append);
        const auto appends = static_cast<std::size_t>(rotation - batch.begin());
        if (appends > 0) commit(batch.first(appends));
        if (appends == batch.size()) return;
        end_generation();
        if (batch[appends].rotate_done) batch[appends].rotate_done();
        batch = batch.subspan(appends + 1);
    }
}

void GroupCommitWal::commit(std::span<Request> appends) {
    const std::uint64_t before = current_bytes_.load();
    const Result<void> outcome = write_and_sync(appends);
    std::optional<std::uint64_t> ended;
    if (outcome) {
        current_bytes_ = file_->durable_bytes();
        count_success(appends, current_bytes_.load() - before);
    } else {
        count_failure(outcome.error());
        ended = abandon_file();
    }
    release_frames(appends, queue_);
    for (const Request& request : appends) {
        if (outcome) {
            request.append_done(file_->generation());
        } else {
            request.append_done(wal_error(outcome.error()));
        }
    }
    if (ended && ended_) ended_(*ended);
    if (outcome) make_room();
}

/// After the answers: only what comes next waits for it.
void GroupCommitWal::make_room() {
    const Result<void> made = file_->make_room(clock_.now(), options_);
    if (made) return;
    count_failure(made.error());
    if (const auto ended = abandon_file(); ended && ended_) ended_(*ended);
}

Result<void> GroupCommitWal::write_and_sync(std::span<Request> appends) {
    if (!file_) {
        SKALD_TRY(WalFile made, WalFile::create(files_, options_.directory, generation_.load()));
        file_.emplace(std::move(made));
    }
    for (Request& request : appends) file_->add(request.record.frame, request.record.rest);
    SKALD_CHECK(file_->write());
    return timed_sync();
}

Result<void> GroupCommitWal::timed_sync() {
    const RightOfWay::Claim claim(options_.right_of_way);
    const auto begin = clock_.now();
    const Result<void> synced = file_->sync();
    metrics_.sync_seconds.observe(std::chrono::duration<double>(clock_.now() - begin).count());
    if (!synced) metrics_.sync_failures.add();
    return synced;
}

std::optional<std::uint64_t> GroupCommitWal::abandon_file() {
    // Not even made: the number is still free, and no file is left behind.
    if (!file_) return std::nullopt;
    const bool has_records = file_->durable_bytes() > 0;
    const std::uint64_t generation = file_->generation();
    file_->abandon();
    file_.reset();
    current_bytes_ = 0;
    generation_ = generation + 1;
    return has_records ? std::optional(generation) : std::nullopt;
}

void GroupCommitWal::end_generation() {
    if (!file_) return;
    const std::uint64_t generation = file_->generation();
    file_.reset();
    current_bytes_ = 0;
    generation_ = generation + 1;
    if (ended_) ended_(generation);
}

void GroupCommitWal::count_failure(const Error& error) {
    if (error.code == ErrorCode::kUnavailable) metrics_.disk_full.add();
    // A full disk fails thousands of writes a second: the first and the recovery are told.
    if (failures_++ == 0)
        log_error("the write-ahead log cannot be written: pushes get 503 until it can",
                  {{"directory", options_.directory},
                   {"generation", generation_.load()},
                   {"err", error.message},
                   {"do", "make room on the disk, or look for its errors in the kernel's log"}});
}

void GroupCommitWal::count_success(std::span<const Request> appends, std::uint64_t bytes) {
    const auto records = static_cast<double>(appends.size());
    metrics_.records.add(records);
    metrics_.loki_records.add(records);
    metrics_.bytes.add(static_cast<double>(bytes));
    metrics_.loki_bytes.add(static_cast<double>(bytes));
    if (failures_ == 0) return;
    log_info("write-ahead log is written again", {{"failed_writes", std::exchange(failures_, 0)}});
}

void GroupCommitWal::release_frames(std::span<Request> appends, Guarded<Queue>& queue) {
    std::uint64_t bytes = 0;
    for (Request& request : appends) {
        bytes += request.record.stored_bytes();
        request.record = {};
    }
    queue.with([&](Queue& held) { held.bytes -= bytes; });
}

}  // namespace skald::storage
