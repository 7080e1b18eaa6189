// SPDX-License-Identifier: Apache-2.0
#include "catalog_check.h"

#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/catalog/verify_catalog.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

namespace skald::tools {

namespace {

namespace fs = std::filesystem;

constexpr const char* kAdvice = "run skald catalog rebuild";

/// A folder that goes with its owner.
class ScratchFolder {
public:
    ScratchFolder() {
        std::error_code error;
        const fs::path base = fs::temp_directory_path(error);
        if (error) return;
        std::random_device random;
        const fs::path path = base / ("skald-check-" + std::to_string(random()));
        if (fs::create_directory(path, error)) path_ = path;
    }
    ~ScratchFolder() {
        std::error_code error;
        if (!path_.empty()) fs::remove_all(path_, error);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

bool is_same(const storage::RegionSummary& a, const storage::RegionSummary& b) {
    const auto all = [](const storage::RegionSummary& each) {
        return std::tie(each.tenant, each.period, each.table_offset, each.table_stored_size,
                        each.table_checksum, each.streams, each.blocks, each.rows, each.line_bytes,
                        each.min_time, each.max_time);
    };
    return all(a) == all(b);
}

void compare(const std::vector<storage::CatalogSegment>& known,
             const std::vector<storage::SegmentTables>& segments, const std::string& folder,
             CheckReport& report) {
    std::map<std::string, const storage::SegmentFooter*> footers;
    for (const storage::SegmentTables& segment : segments)
        footers[segment.footer.id.text] = &segment.footer;
    const auto wrong = [&](const std::string& segment, std::string reason) {
        report.damage.push_back({folder, segment, std::move(reason), kAdvice});
    };
    std::set<std::string> seen;
    for (const storage::CatalogSegment& segment : known) {
        seen.insert(segment.id.text);
        const auto footer = footers.find(segment.id.text);
        if (footer == footers.end()) {
            report.notes.push_back("the catalog has " + segment.id.text +
                                   ", which is damaged or gone: the next start forgets it");
            continue;
        }
        if (segment.is_hidden) continue;
        if (!std::ranges::equal(segment.regions, footer->second->regions, is_same))
            wrong(segment.id.text, "the catalog does not say what its footer says");
        if (segment.generations != footer->second->generations)
            wrong(segment.id.text, "the catalog names other generations than its footer");
    }
    // What a merge has replaced goes at the next start, whether the catalog has it or not.
    for (const auto& [id, footer] : footers)
        seen.insert(footer->replaces.begin(), footer->replaces.end());
    std::uint64_t missing = 0;
    for (const auto& [id, footer] : footers) missing += seen.contains(id) ? 0 : 1;
    if (missing > 0)
        report.notes.push_back("the catalog lacks " + std::to_string(missing) +
                               " segments: the next start adds them");
}

}  // namespace

void check_catalog(storage::FileSystem& files, const std::string& folder,
                   const std::vector<storage::SegmentTables>& segments, CheckReport& report) {
    const Result<bool> is_there = files.exists(storage::join_path(folder, "CURRENT"));
    if (!is_there || !*is_there) {
        report.notes.emplace_back("there is no catalog: the next start makes it from the footers");
        return;
    }
    const ScratchFolder scratch;
    std::error_code error;
    if (!scratch.path().empty()) fs::copy(folder, scratch.path() / "catalog", error);
    if (scratch.path().empty() || error) {
        report.notes.emplace_back("the catalog could not be copied to look at it: " +
                                  error.message());
        return;
    }
    bool is_damaged = false;
    for (const storage::CatalogFinding& each :
         storage::verify_catalog((scratch.path() / "catalog").string())) {
        if (each.is_left_over) {
            report.notes.push_back(storage::join_path(folder, each.file) + ": " + each.reason +
                                   ", as after a crash: the next start repairs it");
            continue;
        }
        is_damaged = true;
        report.damage.push_back({each.file.empty() ? folder : storage::join_path(folder, each.file),
                                 "", each.reason, kAdvice});
    }
    if (is_damaged) return;
    MetricsRegistry metrics;
    const auto catalog =
        storage::Catalog::open({.directory = (scratch.path() / "catalog").string()}, metrics);
    const auto known = catalog ? (*catalog)->described()
                               : Result<std::vector<storage::CatalogSegment>>(catalog.error());
    if (!known) {
        report.damage.push_back({folder, "", known.error().message, kAdvice});
        return;
    }
    if (metrics.exposition().find("skald_catalog_rebuilds_total 1") != std::string::npos) {
        report.damage.push_back({folder, "", "RocksDB refuses it, or it has another format",
                                 "none needed: the next start makes it from the footers"});
        return;
    }
    compare(*known, segments, folder, report);
}

}  // namespace skald::tools
