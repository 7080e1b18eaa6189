// SPDX-License-Identifier: Apache-2.0
#include "alert_json.h"

#include <skald/foundation/model/text.h>

#include <cctype>

namespace skald::read {

namespace {

void append_json(std::string& out, std::string_view text) {
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

std::string json_of(std::string_view text) {
    std::string out;
    append_json(out, text);
    return out;
}

/// For a query parameter (RFC 3986, 2.3).
std::string url_encoded(std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        out += '%';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace

std::string alertmanager_json(const Alert& alert, std::string_view generator_url) {
    std::string out = "{\"labels\":{";
    for (std::size_t i = 0; i < alert.labels.size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, alert.labels[i].name);
        out += ':';
        append_json(out, alert.labels[i].value);
    }
    out += "},\"annotations\":{";
    bool first = true;
    for (const auto& [name, text] : alert.annotations) {
        if (!first) out += ',';
        first = false;
        append_json(out, name);
        out += ':';
        append_json(out, text);
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
    return std::string(external_url) + "/explore?left=" + url_encoded(left);
}

}  // namespace skald::read
