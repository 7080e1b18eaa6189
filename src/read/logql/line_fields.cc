// SPDX-License-Identifier: Apache-2.0
#include "json_text.h"
#include "logfmt_text.h"
#include "parsed_label.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/line_fields.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace skald::read {
namespace {

constexpr int kDepthMax = 64;

std::optional<std::string> unescaped(std::string_view text, bool escaped) {
    if (!escaped) return std::string(text);
    return unescape_json(text);
}

}  // namespace

std::string_view to_string(LineFormat format) noexcept {
    switch (format) {
        case LineFormat::kPlain: return "";
        case LineFormat::kJson: return "json";
        case LineFormat::kLogfmt: return "logfmt";
    }
    return "";
}

LineFormat LineFields::read(std::string_view line) {
    fields_.clear();
    path_.clear();
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && line[first] == '{' && read_json(line, 0)) {
        return fields_.empty() ? LineFormat::kPlain : LineFormat::kJson;
    }
    fields_.clear();
    path_.clear();
    read_logfmt(line);
    return fields_.empty() ? LineFormat::kPlain : LineFormat::kLogfmt;
}

bool LineFields::read_json(std::string_view object, int depth) {
    JsonMembers members(object);
    while (true) {
        const JsonMembers::Step step = members.next();
        if (step == JsonMembers::Step::kEnd) return true;
        if (step == JsonMembers::Step::kError) return false;
        std::optional<std::string> key = unescaped(members.key(), members.key_escaped());
        if (!key) return false;
        const JsonValue& value = members.value();
        if (value.type == JsonType::kNull || value.type == JsonType::kArray) continue;
        path_.push_back(*std::move(key));
        if (value.type == JsonType::kObject) {
            if (depth + 1 < kDepthMax && !read_json(value.text, depth + 1)) return false;
        } else {
            std::string name;
            for (const std::string& part : path_) {
                const std::size_t size = name.size();
                if (size > 0) name.push_back('_');
                append_label_name(name, part);
                if (size > 0 && name.size() == size + 1) name.pop_back();
            }
            const bool escaped = value.type == JsonType::kString && value.escaped;
            add(name, unescaped(value.text, escaped).value_or(""), true);
        }
        path_.pop_back();
    }
}

void LineFields::read_logfmt(std::string_view line) {
    LogfmtPairs pairs(line);
    while (true) {
        const LogfmtPairs::Step step = pairs.next();
        if (step == LogfmtPairs::Step::kEnd) return;
        if (step == LogfmtPairs::Step::kError) continue;
        std::string value(pairs.value());
        if (pairs.escaped() && !unquote_logfmt(pairs.value(), value)) continue;
        std::string name;
        append_label_name(name, pairs.key());
        add(name, std::move(value), false);
    }
}

void LineFields::add(std::string_view name, std::string value, bool with_path) {
    if (name.empty() || value.empty() || fields_.size() >= kFieldsMax) return;
    const bool known = std::any_of(fields_.begin(), fields_.end(),
                                   [name](const LineField& field) { return field.name == name; });
    if (known) return;
    if (!is_valid_utf8(value)) value = to_valid_utf8(value);
    fields_.push_back(
        {std::string(name), std::move(value), with_path ? path_ : std::vector<std::string>()});
}

}  // namespace skald::read
