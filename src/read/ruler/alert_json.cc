// SPDX-License-Identifier: Apache-2.0
#include "alert_json.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/json_string.h>

namespace skald::read {

namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

std::string alertmanager_json(const Alert& alert, std::string_view generator_url) {
    std::string out = "{\"labels\":{";
    for (std::size_t i = 0; i < alert.labels.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, alert.labels[i].name);
        out += ':';
        append_json_string(out, alert.labels[i].value);
    }
    out += "},\"annotations\":{";
    bool first = true;
    for (const auto& [name, text] : alert.annotations) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, name);
        out += ':';
        append_json_string(out, text);
    }
    const TimeNs ends = alert.resolved_at != 0 ? alert.resolved_at : alert.valid_until;
    out += "},\"startsAt\":" + json_of(format_rfc3339_nano(alert.fired_at));
    out += ",\"endsAt\":" + json_of(format_rfc3339_nano(ends));
    return out + ",\"generatorURL\":" + json_of(generator_url) + "}";
}

std::string explore_url(std::string_view external_url, std::string_view datasource_uid,
                        std::string_view query) {
    while (external_url.ends_with('/')) external_url.remove_suffix(1);
    const std::string left = "{\"queries\":[{\"expr\":" + json_of(query) +
                             ",\"queryType\":\"range\",\"datasource\":{\"type\":\"loki\",\"uid\":" +
                             json_of(datasource_uid) + "}}]}";
    return std::string(external_url) + "/explore?left=" + percent_encode(left);
}

}  // namespace skald::read
