// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "row_labels.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/logql/ast.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald::read {

/// Numbers the series of a grouping in the order in which their first row comes. Rows with values
/// seen before are numbered without building a label set.
/// Threading: single-owner.
class SeriesIndex {
public:
    /// `grouping` must outlive it; nothing means by all labels.
    explicit SeriesIndex(const std::optional<Grouping>& grouping) : grouping_(grouping) {}

    /// The number of the series that a row belongs to. A new one is added if `admit(labels)` is
    /// true; else there is nothing.
    template <class Admit>
    std::optional<std::uint32_t> number_of(const RowLabels& row, Admit&& admit) {
        write_values(row);
        // As a rule rows come after others of their kind.
        if (last_ && values_ == last_values_) return last_;
        if (const auto found = by_values_.find(values_); found != by_values_.end()) {
            last_ = found->second;
            last_values_ = values_;
            return last_;
        }
        const std::optional<std::uint32_t> number = number_of(group(row), admit);
        if (number) {
            // A cache: different values may stand for one series, and there may be many.
            by_values_bytes_ += values_.size();
            if (by_values_.size() >= kValuesMax || by_values_bytes_ > kValuesBytesMax) {
                by_values_.clear();
                by_values_bytes_ = values_.size();
            }
            by_values_.emplace(values_, *number);
        }
        return number;
    }
    template <class Admit>
    std::optional<std::uint32_t> number_of(Labels labels, Admit&& admit) {
        write_key(labels);
        if (const auto found = numbers_.find(key_); found != numbers_.end()) return found->second;
        if (!admit(std::as_const(labels))) return std::nullopt;
        const auto number = static_cast<std::uint32_t>(labels_.size());
        numbers_.emplace(key_, number);
        labels_.push_back(std::move(labels));
        return number;
    }

    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(labels_.size()); }
    const Labels& labels(std::uint32_t series) const { return labels_[series]; }

private:
    static constexpr std::size_t kValuesMax = 64 * 1024;
    static constexpr std::size_t kValuesBytesMax = 4U << 20;
    using Numbers =
        std::unordered_map<std::string, std::uint32_t, TransparentStringHash, std::equal_to<>>;

    bool is_left_out(std::string_view name) const;
    void write_values(const RowLabels& row);
    void write_key(const Labels& labels);
    Labels group(const RowLabels& row) const;

    const std::optional<Grouping>& grouping_;
    std::vector<Labels> labels_;
    Numbers numbers_;
    Numbers by_values_;
    std::size_t by_values_bytes_ = 0;
    std::string key_;
    std::string values_;
    std::optional<std::uint32_t> last_;
    std::string last_values_;
};

/// Bytes that are equal exactly for equal label sets.
void append_label_key(std::string& key, const Labels& labels);

}  // namespace skald::read
