// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/stable_table.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace skald {
namespace {

struct Element {
    explicit Element(std::uint64_t of) : key(of), owned(std::make_unique<std::uint64_t>(of)) {}
    std::uint64_t key;
    std::unique_ptr<std::uint64_t> owned;  // A leak or a second destruction shows.
};

std::uint64_t mixed(std::uint64_t key) {
    return key * 0x9E3779B97F4A7C15U;
}

auto is(std::uint64_t key) {
    return [key](const Element& element) { return element.key == key; };
}

std::multiset<std::uint64_t> keys_of(const StableTable<Element>& table) {
    std::multiset<std::uint64_t> keys;
    table.for_each([&](Element& element) { keys.insert(*element.owned); });
    return keys;
}

TEST(StableTable, AnEmptyTableFindsNothingAndHasNothing) {
    const StableTable<Element> table;
    table.prefetch(1);
    EXPECT_EQ(table.find(1, [](const Element&) { return true; }), nullptr);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_TRUE(keys_of(table).empty());
}

TEST(StableTable, ElementsStayWhereTheyAreWhileOthersCome) {
    StableTable<Element> table;
    std::vector<Element*> places;
    // Past the chunks that grow.
    for (std::uint64_t key = 0; key < 20'000; ++key)
        places.push_back(&table.insert(mixed(key), key));
    EXPECT_EQ(table.size(), 20'000U);
    for (std::uint64_t key = 0; key < 20'000; ++key) {
        ASSERT_EQ(table.find(mixed(key), is(key)), places[key]);
        ASSERT_EQ(*places[key]->owned, key);
    }
    EXPECT_EQ(table.find(mixed(20'000), is(20'000)), nullptr);
    std::uint64_t expected = 0;
    table.for_each([&](Element& element) { ASSERT_EQ(element.key, expected++); });
    EXPECT_EQ(expected, 20'000U);
}

TEST(StableTable, ElementsWithEqualHashesAreToldApart) {
    StableTable<Element> table;
    for (std::uint64_t key = 0; key < 100; ++key) table.insert(7, key);
    for (std::uint64_t key = 0; key < 100; ++key) {
        const Element* found = table.find(7, is(key));
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->key, key);
    }
    EXPECT_EQ(table.find(7, is(100)), nullptr);
}

TEST(StableTable, WhatIsErasedIsGoneAndWhatStaysIsFound) {
    std::mt19937_64 random(7);
    StableTable<Element> table;
    std::multiset<std::uint64_t> expected;
    std::uint64_t next = 0;
    for (int round = 0; round < 60; ++round) {
        for (std::uint64_t i = random() % 500; i > 0; --i, ++next) {
            table.insert(mixed(next), next);
            expected.insert(next);
        }
        const std::uint64_t divisor = 1 + random() % 8;
        const auto gone = [&](const Element& element) { return element.key % divisor == 0; };
        const std::size_t before = expected.size();
        std::erase_if(expected, [&](std::uint64_t key) { return key % divisor == 0; });
        EXPECT_EQ(table.erase_if(gone), before - expected.size());
        ASSERT_EQ(table.size(), expected.size());
        ASSERT_EQ(keys_of(table), expected);
        for (const std::uint64_t key : expected)
            ASSERT_NE(table.find(mixed(key), is(key)), nullptr);
        EXPECT_EQ(table.find(mixed(0), is(0)), nullptr);
    }
}

TEST(StableTable, AReaderBesideTheOwnerSeesWholeElementsInOrder) {
    StableTable<Element> table;
    std::atomic<bool> done{false};
    std::thread reader([&] {
        std::size_t last = 0;
        while (!done.load()) {
            std::uint64_t count = 0;
            table.for_each([&](Element& element) { EXPECT_EQ(*element.owned, count++); },
                           [](const Element& element) { __builtin_prefetch(element.owned.get()); },
                           [](const Element& element) { __builtin_prefetch(&*element.owned); });
            EXPECT_GE(count, last);
            last = count;
        }
    });
    for (std::uint64_t key = 0; key < 30'000; ++key) table.insert(mixed(key), key);
    done.store(true);
    reader.join();
    EXPECT_EQ(keys_of(table).size(), 30'000U);
}

}  // namespace
}  // namespace skald
