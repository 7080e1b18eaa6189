// SPDX-License-Identifier: Apache-2.0
#include "row_labels.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::read {

void RowLabels::reset(const Labels& stream) {
    items_.clear();
    removed_parsed_.clear();
    kept_.clear();
    kept_bytes_ = 0;
    error_.clear();
    error_details_.clear();
    base_count_ = stream.size();
    stream_names_.clear();
    for (std::size_t i = 0; i < stream.size(); ++i) {
        const LabelView label = stream[i];
        items_.push_back({label.name, label.value, LabelCategory::kStream});
        stream_names_.push_back(label.name);
    }
}

void RowLabels::mark() {
    marked_items_ = items_;
    marked_removed_ = removed_parsed_;
    marked_kept_ = kept_.size();
    marked_error_ = error_;
    marked_error_details_ = error_details_;
}

void RowLabels::rewind(TimeNs time, std::string_view line) {
    items_ = marked_items_;
    removed_parsed_ = marked_removed_;
    kept_bytes_ = 0;
    while (kept_.size() > marked_kept_) kept_.pop_back();
    error_ = marked_error_;
    error_details_ = marked_error_details_;
    time_ = time;
    line_ = line;
}

void RowLabels::add_metadata(std::string_view name, std::string_view value) {
    if (name == kErrorLabel) {
        error_ = value;
        return;
    }
    if (name == kErrorDetailsLabel) {
        error_details_ = value;
        return;
    }
    const Item* same = item(name);
    if (same != nullptr && same->category == LabelCategory::kStream) {
        set(LabelCategory::kMetadata, keep(std::string(name) + "_extracted"), value);
        return;
    }
    set(LabelCategory::kMetadata, name, value);
}

void RowLabels::set(LabelCategory category, std::string_view name, std::string_view value) {
    if (Item* same = item(name)) {
        same->value = value;
        same->category = category;
        return;
    }
    items_.push_back({name, value, category});
}

void RowLabels::remove(std::string_view name) {
    remove_if([&](std::string_view each, std::string_view) { return each == name; });
}

bool RowLabels::is_base(std::string_view name) const {
    for (const std::string_view each : stream_names_) {
        if (each == name) return true;
    }
    const Item* same = item(name);
    return same != nullptr && same->category == LabelCategory::kMetadata;
}

bool RowLabels::is_parsed(std::string_view name) const {
    const Item* same = item(name);
    if (same != nullptr && same->category == LabelCategory::kParsed) return true;
    return std::find(removed_parsed_.begin(), removed_parsed_.end(), name) != removed_parsed_.end();
}

void RowLabels::for_each(const std::function<void(std::string_view, std::string_view)>& use) const {
    for (const Item& each : items_) use(each.name, each.value);
    if (!error_.empty()) use(kErrorLabel, error_);
    if (!error_details_.empty()) use(kErrorDetailsLabel, error_details_);
}

std::string_view RowLabels::keep(std::string text) {
    kept_bytes_ += text.size();
    return kept_.emplace_back(std::move(text));
}

Error RowLabels::overflow() {
    return {ErrorCode::kLimitExceeded,
            "the stages of the query make more than " + format_byte_size(kKeptBytesMax) +
                " of one line; use fewer templates, or such that make less text"};
}

std::optional<std::string_view> RowLabels::find(std::string_view name) const {
    for (const Item& each : items_) {
        if (each.name == name) return each.value;
    }
    if (name == kErrorLabel && !error_.empty()) return error_;
    if (name == kErrorDetailsLabel && !error_details_.empty()) return error_details_;
    return std::nullopt;
}

void RowLabels::set_error(std::string type, std::string details) {
    error_ = std::move(type);
    error_details_ = std::move(details);
}

Labels RowLabels::category(LabelCategory category) const {
    std::vector<LabelView> views;
    for (const Item& each : items_) {
        if (each.category == category) views.push_back({each.name, each.value});
    }
    if (category == LabelCategory::kParsed) {
        if (!error_.empty()) views.push_back({kErrorLabel, error_});
        if (!error_details_.empty()) views.push_back({kErrorDetailsLabel, error_details_});
    }
    return Labels::from_views(std::move(views));
}

Labels RowLabels::merged() const {
    std::vector<LabelView> views;
    views.reserve(items_.size() + 2);
    for (const Item& each : items_) views.push_back({each.name, each.value});
    if (!error_.empty()) views.push_back({kErrorLabel, error_});
    if (!error_details_.empty()) views.push_back({kErrorDetailsLabel, error_details_});
    return Labels::from_views(std::move(views));
}

RowLabels::Item* RowLabels::item(std::string_view name) {
    for (Item& each : items_) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

const RowLabels::Item* RowLabels::item(std::string_view name) const {
    for (const Item& each : items_) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

std::size_t RowLabels::stream_count() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(),
                      [](const Item& each) { return each.category == LabelCategory::kStream; }));
}

}  // namespace skald::read
