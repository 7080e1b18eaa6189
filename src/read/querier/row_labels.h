// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/read/logql/label_filter.h>

#include <cstdint>
#include <deque>
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

/// The labels of one row (or of many rows that share them) while the stages of a pipeline change
/// them. A name is in one category only: setting it anew moves it.
/// Names and values given are views that must live until the next `reset`; `keep` makes them so.
/// Threading: single-owner; made once and reset for each row.
class RowLabels final : public LabelLookup {
public:
    /// Starts over with the index labels of a stream.
    void reset(const Labels& stream);
    /// Adds structured metadata as stored: a name that the stream has gets "_extracted"; the two
    /// error names set the error.
    void add_metadata(std::string_view name, std::string_view value);
    /// Sets a label, replacing one of that name in any category.
    void set(LabelCategory category, std::string_view name, std::string_view value);
    void remove(std::string_view name);
    /// Removes every label that `drop(name, value)` is true for; the error is not among them.
    template <class F>
    void remove_if(F&& drop) {
        std::erase_if(items_, [&](const Item& item) { return drop(item.name, item.value); });
    }
    /// A copy of `text` that lives until the next `reset`.
    std::string_view keep(std::string text);

    /// The error and its details can be read as labels too.
    std::optional<std::string_view> find(std::string_view name) const override;

    bool has_error() const noexcept { return !error_.empty(); }
    const std::string& error() const noexcept { return error_; }
    void set_error(std::string type, std::string details);
    void clear_error() { error_.clear(); }
    void clear_error_details() { error_details_.clear(); }

    /// Labels of one category; the error counts as parsed.
    Labels category(LabelCategory category) const;
    /// All of them.
    Labels merged() const;
    /// True if the stream's labels are what `reset` was given.
    bool stream_unchanged() const noexcept { return stream_count() == base_count_; }

private:
    struct Item {
        std::string_view name;
        std::string_view value;
        LabelCategory category;
    };

    Item* item(std::string_view name);
    std::size_t stream_count() const noexcept;

    std::vector<Item> items_;
    std::deque<std::string> kept_;
    std::string error_;
    std::string error_details_;
    std::size_t base_count_ = 0;
};

}  // namespace skald::read
