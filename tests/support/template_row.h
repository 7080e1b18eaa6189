// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/line_template.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace skald::read {

/// A row of fixed labels, for templates, which only read.
class TemplateRow final : public StageRow {
public:
    using Labels = std::map<std::string, std::string, std::less<>>;

    explicit TemplateRow(Labels labels, std::string line = "the line",
                         TimeNs time = 1793491201000000000)  // 2026-11-01T00:00:01Z
        : labels_(std::move(labels)), line_(std::move(line)), time_(time) {}

    std::optional<std::string_view> find(std::string_view name) const override {
        const auto found = labels_.find(name);
        if (found == labels_.end()) return std::nullopt;
        return found->second;
    }
    void for_each(
        const std::function<void(std::string_view, std::string_view)>& use) const override {
        ++times_listed;
        for (const auto& [name, value] : labels_) use(name, value);
    }
    std::string_view line() const override { return line_; }
    TimeNs time() const override { return time_; }

    void set_line(std::string_view) override {}
    bool is_base(std::string_view) const override { return false; }
    bool is_parsed(std::string_view) const override { return false; }
    void set_parsed(std::string_view, std::string_view) override {}
    void remove(std::string_view) override {}
    bool has_error() const override { return false; }
    void set_error(std::string, std::string) override {}
    std::string_view keep(std::string) override { return {}; }

    mutable int times_listed = 0;  ///< Calls of for_each.

private:
    Labels labels_;
    std::string line_;
    TimeNs time_;
};

/// What a template makes of a row; the message if it does not compile or fails.
inline std::string render(std::string_view text, const StageRow& row) {
    const auto compiled = LineTemplate::compile(text, "line");
    if (!compiled) return compiled.error().message;
    Result<std::string> out = (*compiled)->execute(row);
    return out ? *std::move(out) : std::move(out).error().message;
}

}  // namespace skald::read
