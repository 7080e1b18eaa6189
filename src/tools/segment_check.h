// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/segment/segment.h>
#include <skald/tools/check.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::tools {

/// Looks at all bytes of one segment. Threading: single-owner.
class SegmentCheck {
public:
    /// All must outlive it. `read` is told how many bytes were looked at.
    SegmentCheck(const storage::ObjectStore& objects, const CheckOptions& options,
                 CheckReport& report, std::function<void(std::uint64_t bytes)> read)
        : objects_(objects), options_(options), report_(report), read_(std::move(read)) {}

    /// The footer and tables, if they can be read. What is wrong goes to the report.
    std::optional<storage::SegmentTables> look(const storage::ObjectStore::Listed& object);

private:
    using Wrong = std::optional<std::string>;

    void look_at_region(const storage::RegionSummary& summary, const storage::RegionTable& table);
    void look_at_block(const storage::RegionTable& table, std::uint32_t index,
                       const storage::BlockFilter* filter);
    void look_inside(const storage::RegionTable& table, std::uint32_t index, std::string bytes,
                     const storage::BlockFilter* filter);
    Wrong wrong_runs(std::uint32_t index, const storage::TimeColumn& times,
                     const storage::OffsetColumn& offsets) const;
    Wrong wrong_table(const storage::RegionSummary& summary,
                      const storage::RegionTable& table) const;
    Result<Buffer> read(std::uint64_t offset, std::size_t length);
    void report(std::string place, const Error& error);
    void report(std::string place, std::string reason);

    const storage::ObjectStore& objects_;
    const CheckOptions& options_;
    CheckReport& report_;
    const std::function<void(std::uint64_t)> read_;
    std::string key_;
    std::vector<std::vector<const storage::RunEntry*>> runs_of_;  ///< By block, of the region.
    bool is_gone_ = false;
};

}  // namespace skald::tools
