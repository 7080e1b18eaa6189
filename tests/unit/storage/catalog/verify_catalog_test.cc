// SPDX-License-Identifier: Apache-2.0
//
// Goal: no flipped bit in RocksDB's files goes unnoticed. Method: bits of each file at random, one
// at a time, in a catalog with tables, a manifest and a log that was not written to a table yet.
#include "support/random_streams.h"
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <skald/storage/catalog/catalog.h>
#include <skald/storage/catalog/verify_catalog.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

namespace fs = std::filesystem;

class VerifyCatalog : public testing::Test {
protected:
    void SetUp() override {
        for (std::uint64_t number = 1; number <= 6; number += 2) {
            // What is opened anew becomes a table, what is added after that stays in the log.
            MetricsRegistry metrics;
            auto catalog = Catalog::open({.directory = directory()}, metrics);
            ASSERT_OK(catalog);
            add(**catalog, number);
            add(**catalog, number + 1);
        }
    }

    std::string directory() const { return folder_ / "catalog"; }

    void add(Catalog& catalog, std::uint64_t number) {
        SegmentFooter footer;
        footer.id = {"l0-one-" + std::to_string(number)};
        footer.generations = {{"one", number}};
        RegionTable table;
        table.streams = random_.streams(400);
        footer.regions.push_back({.tenant = *TenantId::parse("a"),
                                  .period = 0,
                                  .streams = static_cast<std::uint32_t>(table.streams.size()),
                                  .min_time = 1,
                                  .max_time = 2});
        ASSERT_OK(catalog.add(footer, {table}));
    }

    /// Those of the files that hold something.
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(directory())) {
            const std::string name = entry.path().filename();
            const bool is_text = name.starts_with("LOG") || name.starts_with("OPTIONS") ||
                                 name == "IDENTITY" || name == "LOCK";
            if (!is_text && entry.file_size() > 0) found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    static std::string read(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void write(const fs::path& path, const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
    }

    TemporaryFolder folder_;
    RandomStreams random_{5};
};

TEST_F(VerifyCatalog, FindsNothingInAWholeOne) {
    EXPECT_TRUE(verify_catalog(directory()).empty());
}

TEST_F(VerifyCatalog, TellsOfEveryFlippedBit) {
    std::set<std::string> kinds;
    for (const fs::path& path : files()) {
        const std::string whole = read(path);
        kinds.insert(path.extension());
        for (int turn = 0; turn < 80; ++turn) {
            // Half of them where the structure is, at the two ends.
            const std::size_t edge = std::min<std::size_t>(whole.size(), 64);
            std::size_t at = random_.below(turn % 2 == 0 ? whole.size() : edge);
            if (turn % 4 == 1) at = whole.size() - 1 - at;
            std::string damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ (1 << random_.below(8)));
            write(path, damaged);
            ASSERT_FALSE(verify_catalog(directory()).empty()) << path << " at " << at;
        }
        write(path, whole);
    }
    EXPECT_TRUE(kinds.contains(".sst") && kinds.contains(".log") && kinds.contains(""));
    EXPECT_TRUE(verify_catalog(directory()).empty());
}

TEST_F(VerifyCatalog, AnEndThatIsNotWholeIsNoDamage) {
    for (const fs::path& path : files()) {
        if (path.extension() != ".log") continue;
        write(path, read(path).substr(0, fs::file_size(path) - 3));
        const std::vector<CatalogFinding> findings = verify_catalog(directory());
        ASSERT_EQ(findings.size(), 1U);
        EXPECT_TRUE(findings.front().is_left_over);
        EXPECT_EQ(findings.front().file, path.filename());
    }
}

}  // namespace
}  // namespace skald::storage
