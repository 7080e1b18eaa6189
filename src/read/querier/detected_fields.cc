// SPDX-License-Identifier: Apache-2.0
#include "field_type.h"
#include "hyper_log_log.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/text.h>
#include <skald/read/logql/line_fields.h>
#include <skald/read/querier/detected_fields.h>

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>

namespace skald::read {
namespace {

/// A field of one row.
struct RowField {
    std::string_view name = {};
    std::string_view value = {};
    bool is_metadata = false;
    LineFormat format = LineFormat::kPlain;          ///< Of the line that names it.
    const std::vector<std::string>* path = nullptr;  ///< May be null.
};
using UseField = std::function<void(const RowField& field)>;

/// What a query's stages say of a line that failed; a line cannot.
bool is_error_label(std::string_view name) {
    return name == "__error__" || name == "__error_details__" || name == "__preserve_error__";
}

bool has(const Labels& labels, std::string_view name) {
    return labels.find(name).has_value();
}

void use_all(const Labels& labels, const RowField& kind, const UseField& use) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        if (is_error_label(label.name) || label.value.empty()) continue;
        RowField field = kind;
        field.name = label.name;
        field.value = label.value;
        use(field);
    }
}

/// Calls `use` for the fields of each row. What the query made is said to be found by the parser
/// that fits the line, as Loki does it, and is used once more where the line names it, too, so that
/// its path gets known.
void for_each_field(const StreamsResult& rows, const UseField& use) {
    LineFields line;
    std::string extracted;
    for (const LogStream& stream : rows.streams) {
        for (const LogRow& row : stream.rows) {
            const LineFormat format = line.read(row.line);
            use_all(row.metadata, {.is_metadata = true}, use);
            use_all(row.parsed,
                    {.format = format == LineFormat::kJson ? format : LineFormat::kLogfmt}, use);
            for (const LineField& field : line.fields()) {
                std::string_view name = field.name;
                if (is_error_label(name)) continue;
                if (has(stream.labels, name) || has(row.metadata, name)) {
                    extracted = field.name + "_extracted";
                    name = extracted;
                }
                const std::string_view made = row.parsed.value_or_empty(name);
                use({.name = name,
                     .value = made.empty() ? std::string_view(field.value) : made,
                     .format = format,
                     .path = &field.path});
            }
        }
    }
}

/// What is known of one field so far.
struct FieldSummary {
    FieldType type = FieldType::kString;
    HyperLogLog values;
    bool is_metadata = true;
    std::vector<std::string> parsers;
    std::vector<std::string> path;
    std::string last_value;  ///< Many rows repeat it.

    void add(const RowField& field, bool is_new) {
        is_metadata = is_metadata && field.is_metadata;
        if (field.format != LineFormat::kPlain) {
            const std::string parser(to_string(field.format));
            if (std::find(parsers.begin(), parsers.end(), parser) == parsers.end())
                parsers.push_back(parser);
        }
        if (path.empty() && field.path != nullptr) path = *field.path;
        if (!is_new && field.value == last_value) return;
        const FieldType found = field_type_of(field.value);
        type = is_new ? found : common_type(type, found);
        values.add(field.value);
        last_value = field.value;
    }
};

}  // namespace

std::vector<DetectedField> detect_fields(const StreamsResult& rows, std::size_t limit) {
    std::map<std::string, FieldSummary, std::less<>> summaries;
    for_each_field(rows, [&](const RowField& field) {
        auto at = summaries.find(field.name);
        const bool is_new = at == summaries.end();
        if (is_new) {
            if (summaries.size() >= limit) return;
            at = summaries.try_emplace(std::string(field.name)).first;
        }
        at->second.add(field, is_new);
    });
    std::vector<DetectedField> fields;
    for (auto& [name, summary] : summaries) {
        fields.push_back({.name = name,
                          .type = to_string(summary.type),
                          .cardinality = summary.values.estimate(),
                          .has_parsers = !summary.parsers.empty(),
                          .parsers = std::move(summary.parsers),
                          .json_path = std::move(summary.path)});
    }
    return fields;
}

std::vector<std::string> detected_values(const StreamsResult& rows, std::string_view name,
                                         std::size_t limit) {
    std::vector<std::string> values;
    std::unordered_set<std::string, TransparentStringHash, std::equal_to<>> seen;
    for_each_field(rows, [&](const RowField& field) {
        if (field.name != name || values.size() >= limit) return;
        std::string value(field.value);
        if (field_type_of(value) == FieldType::kBytes) {
            value = humanized_bytes(*parse_humanized_bytes(value));
        }
        if (seen.insert(value).second) values.push_back(std::move(value));
    });
    return values;
}

}  // namespace skald::read
