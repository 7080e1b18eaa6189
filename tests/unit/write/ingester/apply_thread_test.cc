// SPDX-License-Identifier: Apache-2.0
#include "apply_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <string>

namespace skald::write {
namespace {

constexpr std::uint64_t kHeavy = 1;
constexpr std::uint64_t kLight = 2;

/// An apply thread that is held by a first job until `go`; later ones note their letters.
class ApplyThreadTest : public testing::Test {
protected:
    ApplyThreadTest() {
        std::promise<void> entered;
        auto inside = entered.get_future();
        thread_.add(kHeavy, [&entered, gate = gate_.get_future().share()] {
            entered.set_value();
            gate.wait();
        });
        inside.wait();
    }
    std::function<void()> note(char letter) {
        return [this, letter] { order_.push_back(letter); };
    }
    std::string go() {
        gate_.set_value();
        thread_.stop();
        return order_;
    }

    std::promise<void> gate_;
    std::string order_;
    std::atomic<int> batches_{0};
    ApplyThread thread_{[this] { ++batches_; }};
};

TEST_F(ApplyThreadTest, ATenantsFewRowsDoNotWaitForAnothersMany) {
    for (int i = 0; i < 5; ++i) thread_.add(kHeavy, note('h'));
    thread_.add(kLight, note('l'));
    EXPECT_EQ(go(), "lhhhhh");
}

TEST_F(ApplyThreadTest, KeepsTheOrderOfATenant) {
    for (char letter = 'a'; letter <= 'z'; ++letter) thread_.add(kHeavy, note(letter));
    EXPECT_EQ(go(), "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(ApplyThreadTest, NothingGoesPastABarrier) {
    thread_.add(kHeavy, note('h'));
    thread_.add_barrier(note('|'));
    thread_.add(kHeavy, note('H'));
    thread_.add(kLight, note('L'));
    thread_.add_barrier(note('|'));
    thread_.add_barrier(note('|'));
    thread_.add(kLight, note('l'));
    EXPECT_EQ(go(), "h|LH||l");
}

TEST_F(ApplyThreadTest, WhatABarrierAddsComesAfterWhatWasThere) {
    thread_.add_barrier([this] { thread_.add(kLight, note('n')); });
    thread_.add(kHeavy, note('h'));
    thread_.add_barrier(note('|'));
    EXPECT_EQ(go(), "h|n");
}

TEST_F(ApplyThreadTest, LooksUpFromItsWorkEvenIfThereIsAlwaysMore) {
    for (int i = 0; i < 100; ++i) thread_.add(kHeavy, note('h'));
    EXPECT_EQ(go().size(), 100U);
    EXPECT_GE(batches_, 6);
}

}  // namespace
}  // namespace skald::write
