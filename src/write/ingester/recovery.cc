// SPDX-License-Identifier: Apache-2.0
#include "recovery.h"

#include "shutting_down.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/wal/wal.h>

#include <algorithm>
#include <chrono>

namespace skald::write {
namespace {

constexpr std::chrono::seconds kProgressEvery{5};

std::int64_t nanoseconds(Clock::TimePoint time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Result<void> Recovery::replay(const std::vector<std::uint64_t>& wal_files) {
    if (wal_files.empty()) return {};
    parts_.metrics.replay_active.set(1);
    const Clock::TimePoint start = parts_.clock.now();
    next_progress_ = start + kProgressEvery;
    Result<void> result;
    for (const std::uint64_t generation : wal_files) {
        result = replay_file(generation);
        if (!result) break;
    }
    const std::chrono::duration<double> seconds = parts_.clock.now() - start;
    parts_.metrics.replay_active.set(0);
    parts_.metrics.replay_seconds.set(seconds.count());
    parts_.metrics.replay_streams.add(static_cast<double>(decoder_.streams()));
    if (result) {
        log_info("write-ahead log replayed", {{"files", wal_files.size()},
                                              {"entries", entries_},
                                              {"streams", decoder_.streams()},
                                              {"seconds", seconds.count()}});
    }
    return result;
}

Result<void> Recovery::replay_file(std::uint64_t generation) {
    const storage::GenerationId id{options_.instance, generation};
    SKALD_TRY(const bool published, parts_.store.has_generation(id));
    if (published) {
        parts_.publisher.retire_later(generation);
        return {};
    }
    make_room();
    auto memtable =
        std::make_shared<Memtable>(Memtable::Options{id, options_.block_bytes, parts_.clock.now()},
                                   parts_.sealer, parts_.ledger);
    memtable->end_reason = "recovered";
    SKALD_TRY(const storage::WalFileReport report,
              storage::replay_wal_file(parts_.files, options_.wal_directory, generation,
                                       [&](std::string_view payload) -> Result<void> {
                                           if (options_.stopping->load()) return shutting_down();
                                           apply(*memtable, payload);
                                           return {};
                                       }));
    parts_.metrics.replay_records.add(static_cast<double>(report.records));
    parts_.metrics.replay_bytes.add(static_cast<double>(report.bytes));
    parts_.metrics.replay_corruptions.add(static_cast<double>(report.damaged_records));
    if (memtable->rows() == 0) {
        parts_.publisher.retire_later(generation);
        return {};
    }
    parts_.live.add(memtable);
    parts_.publisher.add(std::move(memtable));
    return {};
}

void Recovery::apply(Memtable& memtable, std::string_view payload) {
    const Result<const cluster::StreamBatch*> batch = decoder_.decode(payload);
    if (!batch) {
        parts_.metrics.replay_corruptions.add();
        log_error("a record of the write-ahead log is skipped",
                  {{"directory", options_.wal_directory},
                   {"generation", memtable.id().number},
                   {"lines_before", memtable.rows()},
                   {"err", batch.error().message},
                   {"do",
                    "look at the disk's errors in the kernel's log; the lines of the record "
                    "are lost unless their sender has them"}});
        return;
    }
    const Clock::TimePoint now = parts_.clock.now();
    memtable.append(**batch);
    parts_.streams.of((*batch)->tenant).restore(**batch, memtable.id().number, nanoseconds(now));
    entries_ += (*batch)->entries.size();
    bytes_ += payload.size();
    parts_.metrics.replay_entries.add(static_cast<double>((*batch)->entries.size()));
    if (parts_.ledger->sealing.load() > options_.sealing_max) {
        parts_.sealer.wait_below(options_.sealing_max / 2);
    }
    if (now >= next_progress_) {
        next_progress_ = now + kProgressEvery;
        log_info("replaying the write-ahead log",
                 {{"generation", memtable.id().number}, {"entries", entries_}, {"bytes", bytes_}});
    }
}

/// One generation fits into memory, it did before. Several may not, so those before it are
/// published first; if that fails they stay, and pushes will be refused until it works.
void Recovery::make_room() {
    const std::uint64_t budget = parts_.ledger->left_for_rows(options_.memory_budget);
    if (parts_.ledger->rows.load() * 2 < static_cast<std::int64_t>(budget)) return;
    const Result<void> published = parts_.publisher.drain();
    if (!published) {
        log_warn("replay goes on without room in memory", {{"err", published.error().message}});
    }
}

}  // namespace skald::write
