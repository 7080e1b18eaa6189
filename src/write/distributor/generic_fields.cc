// SPDX-License-Identifier: Apache-2.0
#include "generic_fields.h"

#include "json_fields.h"
#include "logfmt_fields.h"

#include <skald/foundation/model/split.h>

#include <algorithm>
#include <utility>

namespace skald::write {

namespace {

std::vector<std::string> way_of(std::string_view place) {
    std::vector<std::string> way;
    do way.emplace_back(take_part(place, '.'));
    while (!place.empty());
    return way;
}

}  // namespace

GenericFields::GenericFields(const Limits& limits) {
    for (const auto& [name, places] : limits.discover_generic_fields) {
        Field field{name, places, {}};
        for (const std::string& place : places) field.nested.push_back(way_of(place));
        fields_.push_back(std::move(field));
    }
}

std::string_view GenericFields::Field::in_labels(const Labels& labels) const {
    for (const std::string& place : places)
        if (const std::string_view value = labels.value_or_empty(place); !value.empty())
            return value;
    return {};
}

std::string_view GenericFields::Field::in_metadata(std::span<const LabelView> metadata) const {
    for (const std::string& place : places)
        for (const LabelView& pair : metadata)
            if (pair.name == place && !pair.value.empty()) return pair.value;
    return {};
}

std::string_view GenericFields::Field::in_json(std::string_view line) const {
    for (std::size_t i = 0; i < places.size(); ++i) {
        // A member may have a dot in its name.
        std::string_view value = JsonFieldReader(line).find_at(std::span(&places[i], 1));
        if (value.empty() && nested[i].size() > 1) value = JsonFieldReader(line).find_at(nested[i]);
        if (!value.empty()) return value;
    }
    return {};
}

std::string_view GenericFields::Field::in_logfmt(std::string_view line) const {
    std::string_view value;
    auto best = places.end();
    for (LogfmtFieldReader reader(line); reader.next();) {
        const auto place = std::find(places.begin(), best, reader.name());
        if (place == best || reader.value().empty()) continue;
        best = place;
        value = reader.value();
    }
    return value;
}

void GenericFields::find(const Labels& labels, std::span<const LabelView> metadata,
                         std::string_view line, std::vector<LabelView>& found) const {
    const bool is_json = looks_like_json_object(line);
    const bool may_be_logfmt = !is_json && line.find('=') != std::string_view::npos;
    for (const Field& field : fields_) {
        std::string_view value = field.in_labels(labels);
        if (value.empty()) value = field.in_metadata(metadata);
        if (value.empty() && is_json) value = field.in_json(line);
        if (value.empty() && may_be_logfmt) value = field.in_logfmt(line);
        if (!value.empty()) found.push_back({field.name, value});
    }
}

}  // namespace skald::write
