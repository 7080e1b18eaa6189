// SPDX-License-Identifier: Apache-2.0
#include "ring_page.h"

#include <skald/foundation/model/json_string.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace skald::api {

namespace {

/// The part of the token space that each instance owns, 0 … 1, in the order of the instances.
std::vector<double> ownership(const std::vector<cluster::RingInstance>& instances) {
    std::vector<std::pair<std::uint32_t, std::size_t>> circle;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        for (const std::uint32_t token : instances[i].tokens) circle.emplace_back(token, i);
    }
    std::sort(circle.begin(), circle.end());
    std::vector<double> shares(instances.size(), 0.0);
    constexpr double kSpace = 4294967296.0;
    for (std::size_t i = 0; i < circle.size(); ++i) {
        const auto [token, owner] = circle[i];
        const std::uint32_t before = circle[(i + circle.size() - 1) % circle.size()].first;
        // Unsigned: the first token's arc goes over the end of the circle.
        const std::uint32_t arc = token - before;
        shares[owner] += circle.size() == 1 ? 1.0 : static_cast<double>(arc) / kSpace;
    }
    return shares;
}

std::string percent(double share) {
    char text[16];
    std::snprintf(text, sizeof text, "%.1f%%", share * 100);
    return text;
}

std::string cell(std::string_view text) {
    return "<td>" + html_escape(text) + "</td>";
}

std::string time_or_nothing(TimeNs time) {
    return time == 0 ? "" : format_rfc3339(time);
}

std::string token_list(const std::vector<std::uint32_t>& tokens, std::string_view separator) {
    std::string list;
    for (const std::uint32_t token : tokens) {
        if (!list.empty()) list += separator;
        list += std::to_string(token);
    }
    return list;
}

}  // namespace

std::string html_escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&#34;"; break;
            case '\'': out += "&#39;"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

std::string ring_html(const std::vector<cluster::RingInstance>& instances, TimeNs now,
                      bool show_tokens) {
    std::string out =
        "<!DOCTYPE html>\n<html><head><meta charset=\"UTF-8\"><title>Ring "
        "Status</title></head><body>\n"
        "<h1>Ring Status</h1>\n<p>Current time: " +
        format_rfc3339(now) +
        "</p>\n<form action=\"\" method=\"POST\">\n<table border=\"1\"><thead><tr><th>Instance "
        "ID</th>"
        "<th>Availability Zone</th><th>State</th><th>Address</th><th>Registered "
        "At</th><th>Read-Only</th>"
        "<th>Last "
        "Heartbeat</th><th>Tokens</th><th>Ownership</th><th>Actions</th></tr></thead><tbody>\n";
    const std::vector<double> shares = ownership(instances);
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const cluster::RingInstance& one = instances[i];
        out += "<tr>" + cell(one.id) + cell(one.zone) + cell(cluster::to_string(one.state)) +
               cell(one.address) + cell(time_or_nothing(one.registered)) +
               cell(one.read_only ? "true" : "false") + cell(time_or_nothing(one.heartbeat)) +
               cell(std::to_string(one.tokens.size())) + cell(percent(shares[i])) +
               "<td><button name=\"forget\" value=\"" + html_escape(one.id) +
               "\" type=\"submit\">Forget</button></td></tr>\n";
    }
    out += "</tbody></table>\n</form>\n";
    if (show_tokens) {
        for (const cluster::RingInstance& one : instances) {
            out += "<h2>Instance: " + html_escape(one.id) + "</h2>\n<p>Tokens:<br>" +
                   token_list(one.tokens, " ") + "</p>\n";
        }
    } else {
        out += "<p><a href=\"?tokens=true\">Show Tokens</a></p>\n";
    }
    out += "</body></html>\n";
    return out;
}

std::string ring_json(const std::vector<cluster::RingInstance>& instances, TimeNs now) {
    std::string out = "{\"shards\":[";
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const cluster::RingInstance& one = instances[i];
        const auto member = [&out](std::string_view name, std::string_view value) {
            out += "\"" + std::string(name) + "\":";
            append_json_string(out, value);
            out.push_back(',');
        };
        out += i > 0 ? ",{" : "{";
        member("id", one.id);
        member("state", cluster::to_string(one.state));
        member("address", one.address);
        member("timestamp", time_or_nothing(one.heartbeat));
        member("registered_timestamp", time_or_nothing(one.registered));
        out += one.read_only ? "\"read_only\":true," : "\"read_only\":false,";
        member("read_only_updated_timestamp", "");
        member("zone", one.zone);
        out += "\"tokens\":[" + token_list(one.tokens, ",") + "]}";
    }
    out += "],\"now\":\"" + format_rfc3339(now) + "\"}\n";
    return out;
}

}  // namespace skald::api
