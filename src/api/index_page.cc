// SPDX-License-Identifier: Apache-2.0
#include "index_page.h"

#include "ring_page.h"

namespace skald::api {

namespace {

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Skald</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d2430;background:#fff}\n"
    "h1{margin-bottom:0}h2{margin-top:2rem;font-size:1.1rem}\n"
    ".state{display:inline-block;padding:.1rem .6rem;border-radius:1rem;color:#fff}\n"
    ".good{background:#20794a}.bad{background:#b3261e}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td{padding:.35rem .5rem;border-bottom:1px solid #d8dde6;vertical-align:top}\n"
    "a{color:#0b57a4}\n"
    "@media (prefers-color-scheme:dark){body{color:#e4e8ee;background:#14181f}"
    "td{border-color:#333b47}a{color:#8ab8f0}}\n"
    "</style></head><body>\n";

std::string state_mark(bool good, std::string_view text) {
    return std::string("<span class=\"state ") + (good ? "good" : "bad") + "\">" +
           html_escape(text) + "</span>";
}

}  // namespace

std::string index_html(const IndexPage& page) {
    std::string out(kHead);
    out += "<h1>Skald</h1>\n<p>A log store that speaks Loki. Version " + html_escape(page.version);
    if (!page.revision.empty()) out += ", revision " + html_escape(page.revision);
    out += ".</p>\n<p>";
    out += page.not_ready ? state_mark(false, *page.not_ready) : state_mark(true, "ready");
    out += "</p>\n<h2>Modules</h2>\n<table>\n";
    for (const auto& [name, state] : page.modules) {
        out += "<tr><td>" + html_escape(name) + "</td><td>" +
               state_mark(state == "Running", state) + "</td></tr>\n";
    }
    out += "</table>\n<h2>Pages</h2>\n<table>\n";
    for (const auto& [path, what] : page.links) {
        out += "<tr><td><a href=\"" + html_escape(path) + "\">" + html_escape(path) +
               "</a></td><td>" + html_escape(what) + "</td></tr>\n";
    }
    out += "</table>\n</body></html>\n";
    return out;
}

}  // namespace skald::api
