// SPDX-License-Identifier: Apache-2.0
//
// Goal: a committed object is there with all its bytes, a removed one is gone, and whatever was
// ever shown stays, wherever the power goes or the process is killed. Method: random commits,
// removals and look-ups over several lives on a faulty disk, against a map.
#include "support/faulty_file_system.h"
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"

#include <skald/storage/objstore/object_store.h>

#include <map>
#include <random>
#include <set>

namespace skald::storage {
namespace {

using Operation = FaultyFileSystem::Operation;

std::string bytes_of(std::uint64_t id) {
    return std::to_string(id) + ":" + std::string(id * 37 % 3000, 'x');
}

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_(seed), files_(seed) {}

    void run() {
        for (int life = 0; life < 3 && !testing::Test::HasFailure(); ++life) {
            if (random_() % 2 == 0) files_.crash_after(random_() % 60);
            if (random_() % 2 == 0) {
                for (const Operation operation :
                     {Operation::kCreate, Operation::kAppend, Operation::kSync, Operation::kRename,
                      Operation::kRemove, Operation::kSyncDirectory}) {
                    if (random_() % 3 == 0) files_.set_failure_rate(operation, 150);
                }
            }
            live();
            files_.restart(random_() % 2 == 0 ? FaultyFileSystem::Loss::kProcess
                                              : FaultyFileSystem::Loss::kPower);
        }
        files_.restart();
        const auto store = open_file_object_store(files_, "data/objects");
        ASSERT_OK(store);
        for (const auto& [key, state] : objects_) check(**store, key);
    }

private:
    struct State {
        std::set<std::uint64_t> may_hold;  ///< Ids of contents.
        bool may_be_missing = true;
    };

    void live() {
        const auto opened = open_file_object_store(files_, "data/objects");
        if (!opened) return;
        if (random_() % 2 == 0) {
            // What the life before left is looked at before a commit syncs the folder again.
            for (const auto& [key, state] : objects_) check(**opened, key);
        }
        for (int step = 0; step < 12; ++step) {
            const std::string key =
                std::to_string(random_() % 2) + "/" + std::to_string(random_() % 2);
            switch (random_() % 4) {
                case 0: remove(**opened, key); break;
                case 1: check(**opened, key); break;
                default: put(**opened, key);
            }
        }
    }

    void put(ObjectStore& store, const std::string& key) {
        const std::uint64_t id = next_id_++;
        const std::string bytes = bytes_of(id);
        State& state = objects_[key];
        const auto outcome = [&]() -> Result<void> {
            SKALD_TRY(const std::unique_ptr<ObjectWriter> writer, store.create(key));
            SKALD_CHECK(writer->append(std::string_view(bytes).substr(0, bytes.size() / 2)));
            SKALD_CHECK(writer->append(std::string_view(bytes).substr(bytes.size() / 2)));
            state.may_hold.insert(id);
            return writer->commit();
        }();
        if (outcome) state = State{{id}, false};
    }

    void remove(ObjectStore& store, const std::string& key) {
        State& state = objects_[key];
        state.may_be_missing = true;
        if (store.remove(key)) state = State{};
    }

    /// What is seen must be allowed, and is all that is allowed from then on.
    void check(ObjectStore& store, const std::string& key) {
        State& state = objects_[key];
        const auto size = store.size(key);
        if (!size) {
            if (size.error().code != ErrorCode::kNotFound) return;
            EXPECT_TRUE(state.may_be_missing) << key;
            return;
        }
        const auto bytes = store.read(key, 0, static_cast<std::size_t>(*size));
        if (!bytes) return;
        const std::uint64_t id = std::stoull(std::string(bytes->view().substr(0, 20)));
        EXPECT_EQ(bytes->view(), bytes_of(id));
        ASSERT_TRUE(state.may_hold.contains(id)) << key << " holds " << id;
        const auto listed = store.list(key);
        if (!listed) return;
        EXPECT_TRUE(std::ranges::any_of(
            *listed, [&](const ObjectStore::Listed& object) { return object.key == key; }));
        state.may_be_missing = false;
    }

    std::mt19937_64 random_;
    FaultyFileSystem files_;
    std::uint64_t next_id_ = 0;
    std::map<std::string, State> objects_;
};

TEST(FileObjectStoreCrash, KeepsWhatItCommittedAndWhatItShowed) {
    const QuietStderr quiet;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation(seed).run();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace skald::storage
