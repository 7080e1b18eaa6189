// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/row_stage.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace skald::read {

/// A row that stages change, as simple as can be: one map a category.
class LabelRow final : public StageRow {
public:
    using Labels = std::map<std::string, std::string, std::less<>>;

    explicit LabelRow(std::string line, Labels stream = {}, Labels metadata = {})
        : base_(std::move(stream)), line_(std::move(line)) {
        base_.merge(metadata);
        base_names_ = base_;
    }

    TimeNs time() const override { return 1793491201000000000; }
    std::string_view line() const override { return line_; }
    void set_line(std::string_view line) override { line_ = std::string(line); }
    bool is_base(std::string_view name) const override { return base_names_.contains(name); }
    bool is_parsed(std::string_view name) const override { return parsed_.contains(name); }
    void set_parsed(std::string_view name, std::string_view value) override {
        if (const auto base = base_.find(name); base != base_.end()) base_.erase(base);
        parsed_.insert_or_assign(std::string(name), std::string(value));
    }
    void remove(std::string_view name) override {
        if (name == "__error__") error_.reset();
        if (name == "__error_details__") details_.clear();
        for (Labels* labels : {&base_, &parsed_}) {
            if (const auto found = labels->find(name); found != labels->end()) labels->erase(found);
        }
    }
    std::optional<std::string_view> find(std::string_view name) const override {
        if (name == "__error__" && error_) return *error_;
        if (name == "__error_details__" && error_) return details_;
        for (const Labels* labels : {&parsed_, &base_}) {
            if (const auto found = labels->find(name); found != labels->end()) return found->second;
        }
        return std::nullopt;
    }
    void for_each(
        const std::function<void(std::string_view, std::string_view)>& use) const override {
        // Views of what the row holds: a stage may keep them.
        std::map<std::string_view, std::string_view> views(base_.begin(), base_.end());
        for (const auto& [name, value] : parsed_) views[name] = value;
        if (error_) views["__error__"] = *error_;
        if (error_ && !details_.empty()) views["__error_details__"] = details_;
        for (const auto& [name, value] : views) use(name, value);
    }
    bool has_error() const override { return error_.has_value(); }
    void set_error(std::string type, std::string details) override {
        error_ = std::move(type);
        details_ = std::move(details);
    }
    std::string_view keep(std::string text) override { return kept_.emplace_back(std::move(text)); }

    const Labels& parsed() const { return parsed_; }
    const std::string& error() const {
        static const std::string kNone;
        return error_ ? *error_ : kNone;
    }
    const std::string& details() const { return details_; }
    Labels all() const {
        Labels out;
        for_each([&](std::string_view name, std::string_view value) { out.emplace(name, value); });
        return out;
    }

private:
    Labels base_;
    Labels base_names_;
    Labels parsed_;
    std::optional<std::string> error_;
    std::string details_;
    std::string line_;
    std::deque<std::string> kept_;
};

}  // namespace skald::read
