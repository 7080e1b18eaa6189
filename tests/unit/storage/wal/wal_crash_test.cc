// SPDX-License-Identifier: Apache-2.0
//
// Goal: every acknowledged record is replayed exactly once and in order, and nothing that was not
// appended comes up, whatever fails and wherever the power goes.
// Method: random schedules of appends and rotations over several lives of a log on a faulty disk,
// against a vector of what was acknowledged. Each step is queued from the last callback of the step
// before, on the WAL thread, so that a seed always gives the same batches.
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "wal_harness.h"

#include <map>
#include <random>

namespace skald::storage {
namespace {

using Operation = FaultyFileSystem::Operation;

/// All lives of one log on one disk.
class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_(seed), files_(seed) {}

    void run() {
        const std::uint64_t lives = 1 + random_() % 3;
        for (std::uint64_t life = 0; life < lives && !testing::Test::HasFailure(); ++life) {
            choose_faults();
            live();
            files_.restart(random_() % 4 == 0 ? FaultyFileSystem::Loss::kProcess
                                              : FaultyFileSystem::Loss::kPower);
            check();
        }
    }

private:
    void choose_faults() {
        crash_ = random_() % 2 == 0;
        if (crash_) files_.crash_after(random_() % 40);
        faults_ = random_() % 2 == 0;
        if (!faults_) return;
        for (const Operation operation :
             {Operation::kCreate, Operation::kAppend, Operation::kPrepare, Operation::kSync,
              Operation::kTruncate, Operation::kRemove, Operation::kSyncDirectory}) {
            if (random_() % 3 == 0) files_.set_failure_rate(operation, 200);
        }
    }

    void live() {
        Wal::Options options;
        options.directory = kWalFolder;
        options.first_generation = next_generation_;
        options.room_bytes = random_() % 3 * 2000;
        options.room_lasts = {};
        auto opened = Wal::open(
            files_, options, [this](std::uint64_t generation) { generation_ended(generation); },
            test_metrics());
        if (!opened) return;
        wal_ = opened->get();
        steps_left_ = 1 + random_() % 12;
        std::promise<void> finished;
        auto future = finished.get_future();
        finish_ = [&] { finished.set_value(); };
        // Without a record there is nothing to end: this only moves the schedule to the WAL thread.
        wal_->rotate([this] { step(); });
        future.wait();
        wal_->stop();
        next_generation_ = wal_->current_generation();
    }

    /// Runs on the WAL thread.
    void step() {
        if (steps_left_-- == 0) return finish_();
        const std::uint64_t count = 1 + random_() % 5;
        for (std::uint64_t i = 0; i < count; ++i) {
            if (random_() % 8 == 0) wal_->rotate({});
            append(i + 1 == count);
        }
    }

    void append(bool last) {
        const std::uint64_t id = appended_.size();
        std::string payload = std::to_string(id) + ":";
        payload.append(random_() % 1500, static_cast<char>('a' + id % 26));
        appended_.push_back(payload);
        wal_->append(frame_record(payload), [this, id, last](const Result<std::uint64_t>& outcome) {
            EXPECT_EQ(id, called_back_++) << "callbacks keep the order";
            if (outcome) {
                EXPECT_GT(*outcome, last_ended_);
                acknowledged_.emplace(id, *outcome);
            } else {
                EXPECT_TRUE(crash_ || faults_) << outcome.error().message;
                EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
            }
            if (last) step();
        });
    }

    void generation_ended(std::uint64_t generation) {
        EXPECT_GT(generation, last_ended_);
        EXPECT_TRUE(std::ranges::any_of(acknowledged_, [&](const auto& pair) {
            return pair.second == generation;
        })) << "an ended generation holds something";
        last_ended_ = generation;
    }

    void check() {
        const Replayed replayed = replay_all(files_);
        std::map<std::uint64_t, std::uint64_t> found;
        std::optional<std::uint64_t> previous;
        for (const auto& [generation, payload] : replayed.records) {
            const std::uint64_t id = std::stoull(payload);
            ASSERT_LT(id, appended_.size());
            EXPECT_EQ(payload, appended_[id]);
            if (previous) EXPECT_GT(id, *previous) << "once and in order";
            previous = id;
            found.emplace(id, generation);
        }
        for (const auto& [id, generation] : acknowledged_) {
            ASSERT_TRUE(found.contains(id)) << "acknowledged record " << id << " is lost";
            EXPECT_EQ(found[id], generation);
        }
        EXPECT_EQ(called_back_, appended_.size());
    }

    std::mt19937_64 random_;
    FaultyFileSystem files_;
    Wal* wal_ = nullptr;
    std::function<void()> finish_;
    bool crash_ = false;
    bool faults_ = false;
    std::uint64_t steps_left_ = 0;
    std::uint64_t next_generation_ = 1;
    std::uint64_t last_ended_ = 0;
    std::uint64_t called_back_ = 0;
    std::vector<std::string> appended_;
    std::map<std::uint64_t, std::uint64_t> acknowledged_;  ///< Id to generation.
};

TEST(WalCrash, LosesNothingThatItAcknowledged) {
    const QuietStderr quiet;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation(seed).run();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace skald::storage
