// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "needed_labels.h"
#include "row_labels.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace skald::read {

/// A metadata column and the name that its values are known by.
struct NamedColumn {
    std::string_view name;
    const storage::MetadataColumn* column = nullptr;

    bool operator==(const NamedColumn&) const = default;
};

/// The columns of a block that hold metadata of which `needed` asks for, for rows of a stream with
/// `stream_labels`. Reads the level and metadata columns only if one of them can be among these.
Result<std::vector<NamedColumn>> needed_columns(const NeededLabels& needed,
                                                const Labels& stream_labels, BlockColumns& columns);

/// Rows of a block by equal values in some metadata columns: what depends on these values only is
/// worked out once a group.
/// Threading: single-owner. Views the columns.
class RowGroups {
public:
    /// One group: no column matters.
    RowGroups() = default;
    RowGroups(std::vector<NamedColumn> columns, std::uint32_t rows);
    // Move only: `ids_` may view `own_ids_`.
    RowGroups(RowGroups&&) = default;
    RowGroups& operator=(RowGroups&&) = default;
    RowGroups(const RowGroups&) = delete;
    RowGroups& operator=(const RowGroups&) = delete;
    ~RowGroups() = default;

    const std::vector<NamedColumn>& columns() const noexcept { return columns_; }
    std::uint32_t count() const noexcept { return count_; }
    bool single() const noexcept { return ids_.empty(); }
    /// Below count().
    std::uint32_t of(std::uint32_t row) const noexcept { return ids_.empty() ? 0 : ids_[row]; }
    /// Adds the metadata that rows of the group have in these columns.
    void add_labels(std::uint32_t group, RowLabels& labels) const;

private:
    void combine(const storage::MetadataColumn& column);

    std::vector<NamedColumn> columns_;
    std::span<const std::uint32_t> ids_;
    std::vector<std::uint32_t> own_ids_;
    std::vector<std::uint32_t> example_;  ///< For each group a row of it.
    std::uint32_t count_ = 1;
};

/// The groups of a block's rows for each set of columns that its runs ask for, made once each.
/// Threading: single-owner.
class BlockGroups {
public:
    /// Errors: those of reading columns. The pointer stays valid as long as this object and
    /// `columns`.
    Result<const RowGroups*> find(const NeededLabels& needed, const Labels& stream_labels,
                                  BlockColumns& columns);

private:
    std::vector<std::unique_ptr<RowGroups>> groups_;
};

/// The group of rows where no metadata matters.
const RowGroups& one_group();

/// Something worked out for each group of the run at hand, forgotten cheaply at the next run.
template <class T>
class PerGroup {
public:
    void reset(std::uint32_t groups) {
        if (stamps_.size() < groups) {
            stamps_.resize(groups, 0);
            values_.resize(groups);
        }
        ++stamp_;
    }
    /// The group's value; `make(group)` the first time.
    template <class F>
    T& get(std::uint32_t group, F&& make) {
        if (stamps_[group] != stamp_) {
            values_[group] = make(group);
            stamps_[group] = stamp_;
        }
        return values_[group];
    }

private:
    std::vector<std::uint64_t> stamps_;
    std::vector<T> values_;
    std::uint64_t stamp_ = 0;
};

}  // namespace skald::read
