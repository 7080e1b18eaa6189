// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/logql/stage.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

inline constexpr std::string_view kErrorLabel = "__error__";
inline constexpr std::string_view kErrorDetailsLabel = "__error_details__";
inline constexpr std::string_view kPreserveErrorLabel = "__preserve_error__";

/// Where a label of a row comes from; answers tell the three apart.
enum class LabelCategory : std::uint8_t { kStream, kMetadata, kParsed };

/// One row (or the labels of many rows that share them) while the stages of a pipeline change it.
/// A name is in one category only: setting it anew moves it.
/// Names and values given are views that must live until the next `reset`; `keep` makes them so.
/// Threading: single-owner; made once and reset for each row.
class RowLabels final : public StageRow {
public:
    struct Item {
        std::string_view name;
        std::string_view value;
        LabelCategory category;
    };

    /// Starts over with the index labels of a stream, which must live until the next `reset`.
    void reset(const Labels& stream);
    /// Remembers the labels as they are, for `rewind`.
    void mark();
    /// Goes back to what `mark` remembered, and to a row's own time and line.
    /// What was kept after `mark` is gone.
    void rewind(TimeNs time, std::string_view line);
    /// Adds structured metadata as stored: a name that the stream has gets "_extracted"; the two
    /// error names set the error.
    void add_metadata(std::string_view name, std::string_view value);
    /// Sets a label, replacing one of that name in any category.
    void set(LabelCategory category, std::string_view name, std::string_view value);
    /// Removes every label that `drop(name, value)` is true for; the error is not among them.
    template <class F>
    void remove_if(F&& drop) {
        std::erase_if(items_, [&](const Item& item) {
            if (!drop(item.name, item.value)) return false;
            note_removed(item);
            return true;
        });
    }

    TimeNs time() const override { return time_; }
    std::string_view line() const override { return line_; }
    void set_line(std::string_view line) override { line_ = line; }

    /// A stream label counts as long as the row is worked on, even once it is dropped.
    bool is_base(std::string_view name) const override;
    /// A name that was parsed is not parsed again, even if it was dropped.
    bool is_parsed(std::string_view name) const override;
    void set_parsed(std::string_view name, std::string_view value) override {
        set(LabelCategory::kParsed, name, value);
    }
    void remove(std::string_view name) override;
    void for_each(
        const std::function<void(std::string_view, std::string_view)>& use) const override;
    std::string_view keep(std::string text) override;
    /// What was kept of the row since `rewind`.
    std::size_t kept_bytes() const noexcept { return kept_bytes_; }
    /// The stages keep more than a row may have; those that are left are not to run.
    bool overflows() const noexcept { return kept_bytes_ > kKeptBytesMax; }
    /// kLimitExceeded, with what to do.
    static Error overflow();

    /// The error and its details can be read as labels too.
    std::optional<std::string_view> find(std::string_view name) const override;

    bool has_error() const override { return !error_.empty(); }
    const std::string& error() const noexcept { return error_; }
    const std::string& error_details() const noexcept { return error_details_; }
    void set_error(std::string type, std::string details) override;
    void clear_error() { error_.clear(); }
    void clear_error_details() { error_details_.clear(); }

    /// In no particular order; the error is not among them.
    const std::vector<Item>& items() const noexcept { return items_; }
    /// Labels of one category; the error counts as parsed.
    Labels category(LabelCategory category) const;
    /// All of them.
    Labels merged() const;
    /// True if the stream's labels are what `reset` was given.
    bool stream_unchanged() const noexcept { return stream_count() == base_count_; }

private:
    /// A chain of templates may double its text at each stage.
    static constexpr std::size_t kKeptBytesMax = 16 * kMiB;

    void note_removed(const Item& item) {
        if (item.category == LabelCategory::kParsed) removed_parsed_.push_back(item.name);
    }
    Item* item(std::string_view name);
    const Item* item(std::string_view name) const;
    std::size_t stream_count() const noexcept;

    std::vector<Item> items_;
    std::vector<std::string_view> removed_parsed_;  ///< Names.
    std::deque<std::string> kept_;
    std::size_t kept_bytes_ = 0;
    std::string error_;
    std::string error_details_;
    std::size_t base_count_ = 0;
    std::vector<std::string_view> stream_names_;
    TimeNs time_ = 0;
    std::string_view line_;

    // As `mark` found it.
    std::vector<Item> marked_items_;
    std::vector<std::string_view> marked_removed_;
    std::size_t marked_kept_ = 0;
    std::string marked_error_;
    std::string marked_error_details_;
};

}  // namespace skald::read
