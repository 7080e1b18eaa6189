// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/faulty_file_system.h"
#include "support/memory_catalog.h"
#include "support/result_assertions.h"
#include "support/rocks_files.h"
#include "support/temporary_folder.h"
#include "test_generation.h"

#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/store/store.h>

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// A store over a simulated disk for the objects and a real RocksDB (unless the test asks for
/// MemoryCatalog); both survive `close` and `open`.
class StoreTest : public testing::Test {
protected:
    void open(std::size_t cache_bytes = 8U << 20) {
        Result<std::unique_ptr<ObjectStore>> objects = open_file_object_store(files_, "objects");
        ASSERT_OK(objects);
        objects_ = *std::move(objects);
        if (memory_catalog_ == nullptr) {
            Result<std::unique_ptr<Catalog>> catalog =
                catalog_files_ != nullptr
                    ? Catalog::open({.directory = catalog_name_, .files = catalog_files_}, metrics_)
                    : Catalog::open({.directory = folder_ / catalog_name_}, metrics_);
            ASSERT_OK(catalog);
            catalog_ = *std::move(catalog);
        }
        Catalog& catalog = memory_catalog_ != nullptr ? *memory_catalog_ : *catalog_;
        Result<std::unique_ptr<Store>> store =
            Store::open(*objects_, catalog, {.cache_bytes = cache_bytes}, metrics_);
        ASSERT_OK(store);
        store_ = *std::move(store);
    }

    void close() {
        store_.reset();
        catalog_.reset();
        objects_.reset();
    }

    /// The catalog of the next `open` is a new one.
    void lose_catalog() {
        catalog_name_ = "catalog-" + std::to_string(++catalogs_lost_);
        if (memory_catalog_ != nullptr) use_memory_catalog();
    }
    /// A disk that works, without the objects of the round before and those in `more` folders, and
    /// a new catalog. Requires: the store is closed.
    void start_anew(const std::vector<std::string>& more = {}) {
        files_.restart();
        std::vector<std::string> folders = {"objects/segments", "objects/.tmp"};
        folders.insert(folders.end(), more.begin(), more.end());
        for (const std::string& folder : folders) {
            const auto entries = files_.list(folder);
            if (!entries) continue;
            for (const FileSystem::Entry& entry : *entries)
                static_cast<void>(files_.remove(join_path(folder, entry.name)));
            static_cast<void>(files_.sync_directory(folder));
        }
        lose_catalog();
    }
    void use_memory_catalog() { memory_catalog_ = std::make_unique<MemoryCatalog>(); }

    /// RocksDB's files are on the simulated disk, too.
    void use_catalog_on_simulated_disk() { catalog_files_ = std::make_shared<RocksFiles>(files_); }

    TestGeneration make_generation(RandomStreams& random, std::uint64_t number) {
        return TestGeneration::random(random, {"one", number}, 200);
    }

    static std::set<TestRow> expected_rows(const std::vector<TestGeneration>& generations,
                                           const Selection& selection) {
        std::set<TestRow> rows;
        for (const TestGeneration& generation : generations)
            rows.merge(generation.select(selection));
        return rows;
    }

    void expect_rows(const Selection& selection, const std::set<TestRow>& expected,
                     const std::set<GenerationId>& pinned = {}) {
        const Result<std::vector<storage::Run>> runs = store_->select(selection, pinned);
        ASSERT_OK(runs);
        const Result<std::set<TestRow>> rows = read_rows(*runs, selection);
        ASSERT_OK(rows);
        EXPECT_EQ(*rows, expected);
    }

    static Selection random_selection(RandomStreams& random) {
        const TimeNs start = (static_cast<TimeNs>(random.below(3)) - 1) * kNanosPerDay +
                             static_cast<TimeNs>(random.below(2500));
        const TimeNs length = static_cast<TimeNs>(random.below(2)) * kNanosPerDay +
                              static_cast<TimeNs>(random.below(2500));
        return {*TenantId::parse("a"), random.matchers(), start, start + length};
    }

    static Selection everything(const char* tenant) {
        return {*TenantId::parse(tenant), {}, kTimeMin, kTimeMax};
    }

    FaultyFileSystem files_{1};
    TemporaryFolder folder_;
    MetricsRegistry metrics_;
    std::string catalog_name_ = "catalog";
    int catalogs_lost_ = 0;
    std::unique_ptr<ObjectStore> objects_;
    std::unique_ptr<Catalog> catalog_;
    std::shared_ptr<rocksdb::FileSystem> catalog_files_;
    std::unique_ptr<MemoryCatalog> memory_catalog_;  ///< Used instead if there is one.
    std::unique_ptr<Store> store_;
};

}  // namespace skald::storage
