// SPDX-License-Identifier: Apache-2.0
#include "sealer.h"

#include <skald/foundation/telemetry/log.h>

#include <array>

namespace skald::write {

Sealer::Sealer(WorkerPool& workers, const storage::EncodeOptions& encode, MemoryLedger& ledger,
               std::function<void()> on_sealed, Counter failures)
    : workers_(workers),
      encode_(encode),
      ledger_(ledger),
      on_sealed_(std::move(on_sealed)),
      failures_(failures) {}

void Sealer::seal(std::shared_ptr<Memtable> memtable, StreamRows& rows, StreamRows::ToSeal job) {
    ledger_.sealing.fetch_add(job.memory);
    const std::uint64_t generation = memtable->id().number;
    {
        const std::lock_guard hold(mutex_);
        ++waiting_[generation];
    }
    workers_.post(Lane::kBackground, [this, generation, memtable = std::move(memtable), &rows,
                                      job = std::move(job)]() mutable {
        run(*memtable, rows, job);
        // Freed here, not when the pool drops the job: nothing of it may outlive the sealer.
        const std::int64_t memory = job.memory;
        job.open.reset();
        memtable.reset();
        ledger_.sealing.fetch_sub(memory);
        on_sealed_();
        const std::lock_guard hold(mutex_);
        if (--waiting_[generation] == 0) waiting_.erase(generation);
        changed_.notify_all();
    });
}

void Sealer::run(Memtable& memtable, StreamRows& rows, const StreamRows::ToSeal& job) {
    const std::array<storage::RunInput, 1> input = {storage::RunInput{job.open->snapshot()}};
    const Result<storage::SealedBlock> block = storage::seal_block(input, encode_);
    if (block) {
        memtable.sealed(rows, job, *block);
        return;
    }
    // It stays readable as it is, and the flush will try once more and tell.
    failures_.add();
    log_error("a block could not be sealed",
              {{"tenant", memtable.tenant_of(rows)},
               {"stream", rows.stream()->labels.to_string()},
               {"generation", memtable.id().number},
               {"err", block.error().message},
               {"do", "the flush tries once more; if that fails too, report it with this line"}});
}

void Sealer::wait_sealed(std::uint64_t generation) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return !waiting_.contains(generation); });
}

void Sealer::wait_below(std::int64_t bytes) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return waiting_.empty() || ledger_.sealing.load() < bytes; });
}

void Sealer::wait_idle() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return waiting_.empty(); });
}

}  // namespace skald::write
