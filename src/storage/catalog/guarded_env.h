// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guarded_file_system.h"

#include <rocksdb/env.h>
#include <rocksdb/system_clock.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace skald::storage {

/// After a failed flush or compaction RocksDB waits a second for a better disk, and whoever closes
/// it waits with it: in vain under a GuardedFileSystem. Threading: thread-safe.
class ImpatientClock final : public rocksdb::SystemClockWrapper {
public:
    ImpatientClock(const std::shared_ptr<rocksdb::SystemClock>& target,
                   std::shared_ptr<DiskTrouble> trouble)
        : SystemClockWrapper(target), trouble_(std::move(trouble)) {}
    const char* Name() const override { return "SkaldImpatientClock"; }
    void SleepForMicroseconds(int micros) override {
        constexpr int kStep = 10'000;
        for (int left = micros; left > 0 && !trouble_->is_hurried(); left -= kStep)
            target_->SleepForMicroseconds(std::min(left, kStep));
    }

private:
    std::shared_ptr<DiskTrouble> trouble_;  // Of the database, which may go first.
};

/// RocksDB's threads, our files. Threading: thread-safe.
class GuardedEnv final : public rocksdb::EnvWrapper {
public:
    GuardedEnv(const std::shared_ptr<rocksdb::FileSystem>& files,
               const std::shared_ptr<DiskTrouble>& trouble)
        : EnvWrapper(
              rocksdb::NewCompositeEnv(std::make_shared<GuardedFileSystem>(files, trouble))) {
        file_system_ = target()->GetFileSystem();
        system_clock_ = std::make_shared<ImpatientClock>(target()->GetSystemClock(), trouble);
    }
    const char* Name() const override { return "SkaldGuardedEnv"; }
};

}  // namespace skald::storage
