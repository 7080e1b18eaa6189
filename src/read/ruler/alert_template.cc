// SPDX-License-Identifier: Apache-2.0
#include "alert_template.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/line_template.h>

#include <cmath>
#include <deque>
#include <functional>
#include <optional>

namespace skald::read {

namespace {

/// The labels of a result as the row that a template reads.
class AlertRow final : public StageRow {
public:
    explicit AlertRow(const AlertData& data) : data_(data) {}

    std::optional<std::string_view> find(std::string_view name) const override {
        return data_.labels.find(name);
    }
    void for_each(
        const std::function<void(std::string_view, std::string_view)>& use) const override {
        for (std::size_t i = 0; i < data_.labels.size(); ++i)
            use(data_.labels[i].name, data_.labels[i].value);
    }
    TimeNs time() const override { return data_.time; }
    std::string_view line() const override { return {}; }
    std::string_view keep(std::string text) override { return kept_.emplace_back(std::move(text)); }
    bool is_base(std::string_view) const override { return true; }
    bool is_parsed(std::string_view) const override { return false; }
    bool has_error() const override { return false; }
    // A template only reads.
    void set_line(std::string_view) override {}
    void set_parsed(std::string_view, std::string_view) override {}
    void remove(std::string_view) override {}
    void set_error(std::string, std::string) override {}

private:
    const AlertData& data_;
    std::deque<std::string> kept_;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        text.replace(at, from.size(), to);
        at += to.size();
    }
}

/// Templates have one level of data, the labels: `.Labels.x` and `.Value` of Prometheus are spelled
/// with the variables that mean the same.
std::string with_variables(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t begin = std::min(text.find("{{"), text.size());
        out += text.substr(0, begin);
        text.remove_prefix(begin);
        const std::size_t end = text.find("}}");
        std::string action(text.substr(0, end == std::string_view::npos ? text.size() : end + 2));
        text.remove_prefix(action.size());
        for (const char* before : {" ", "(", "{", "-"}) {
            replace_all(action, std::string(before) + ".Labels", std::string(before) + "$labels");
            replace_all(action, std::string(before) + ".Value", std::string(before) + "$value");
        }
        out += action;
    }
    return out;
}

/// A literal of Go; texts stand for the numbers that have none.
std::string number_text(double value) {
    if (!std::isfinite(value)) return go_quote(format_float(value));
    std::string text = format_float(value);
    if (text.find_first_of(".eE") == std::string::npos) text += ".0";
    return text;
}

std::string whole_text(std::string_view text, const AlertData& data) {
    return "{{$labels := .}}{{$externalLabels := .}}{{$externalURL := " +
           go_quote(data.external_url) + "}}{{$value := " + number_text(data.value) + "}}" +
           with_variables(text);
}

}  // namespace

Result<void> check_alert_template(std::string_view alert, std::string_view text) {
    static const Labels kNone;
    const AlertData data{.labels = kNone};
    const auto compiled =
        LineTemplate::compile(whole_text(text, data), "__alert_" + std::string(alert));
    if (!compiled) return Error(compiled.error());
    return {};
}

std::string expand_alert_template(std::string_view alert, std::string_view text,
                                  const AlertData& data) {
    if (text.find("{{") == std::string_view::npos) return std::string(text);
    const std::string name = "__alert_" + std::string(alert);
    const auto compiled = LineTemplate::compile(whole_text(text, data), name);
    if (!compiled)
        return "<error expanding template: error parsing template " + name + ": " +
               compiled.error().message + ">";
    AlertRow row(data);
    Result<std::string> out = (*compiled)->execute(row);
    if (!out)
        return "<error expanding template: error executing template " + name + ": " +
               out.error().message + ">";
    return *std::move(out);
}

}  // namespace skald::read
