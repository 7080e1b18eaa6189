// SPDX-License-Identifier: Apache-2.0
#include "response_head.h"

#include <ctime>

namespace skald::api {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

}  // namespace

std::string_view reason_of(int status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 204: return "No Content";
        case 302: return "Found";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 413: return "Request Entity Too Large";
        case 422: return "Unprocessable Entity";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 499: return "Client Closed Request";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

std::string http_date(std::int64_t unix_seconds) {
    const std::time_t time = unix_seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[40];
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

std::string response_head(const HttpResponse& response, Persistence persistence,
                          std::string_view date) {
    std::string out;
    out.reserve(320);
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out.push_back(' ');
    out += reason_of(response.status);
    out += "\r\n";
    if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers) append_field(out, name, value);
    append_field(out, "Date", date);
    if (response.source != nullptr)
        append_field(out, "Transfer-Encoding", "chunked");
    else if (response.status != 204)
        append_field(out, "Content-Length", std::to_string(response.body.size()));
    if (persistence == Persistence::kClose) append_field(out, "Connection", "close");
    if (persistence == Persistence::kKeepAliveNamed) append_field(out, "Connection", "keep-alive");
    out += "\r\n";
    return out;
}

}  // namespace skald::api
