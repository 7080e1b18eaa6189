// SPDX-License-Identifier: Apache-2.0
#include "router.h"

#include "error_response.h"
#include "http_form.h"
#include "org_ids.h"

#include <skald/api/access.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::api {

namespace {

std::vector<std::string> split_segments(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        segments.emplace_back(path.substr(0, end));
        if (end == path.size()) break;
        path.remove_prefix(end + 1);
        if (path.empty()) segments.emplace_back();  // A trailing slash makes another path.
    }
    return segments;
}

bool is_placeholder(std::string_view segment) noexcept {
    return segment.starts_with('{') && segment.ends_with('}');
}

/// The decoded values of the placeholders, or nothing if the path is another one.
std::optional<std::vector<std::string>> values_of(const Router::Route& route,
                                                  std::string_view path) {
    // Counted first: a path may be a megabyte of slashes.
    const auto slashes = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    if (slashes + 1 != route.segments.size()) return std::nullopt;
    const std::vector<std::string> segments = split_segments(path);
    std::vector<std::string> values;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        auto decoded = percent_decode(segments[i], EscapeIn::kPath);
        if (!decoded) return std::nullopt;
        if (is_placeholder(route.segments[i])) {
            if (decoded->empty()) return std::nullopt;
            values.push_back(*std::move(decoded));
        } else if (*decoded != route.segments[i]) {
            return std::nullopt;
        }
    }
    return values;
}

Right right_of(const Router::Route& route, Method method) noexcept {
    const bool reads = method == Method::kGet || method == Method::kHead;
    return reads ? route.right : route.right_to_change.value_or(route.right);
}

bool is_on(Surface surface, Right right) noexcept {
    switch (surface) {
        case Surface::kEverything: return true;
        case Surface::kPublic: return right != Right::kAdmin;
        case Surface::kAdmin: return right != Right::kRead && right != Right::kWrite;
    }
    return true;
}

/// Tells the client how to prove who it is.
HttpResponse unauthenticated(const Error& error) {
    HttpResponse response = push_error(error);
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"skald\"");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"skald\", charset=\"UTF-8\"");
    return response;
}

std::string allowed_methods(const Router::Route& route) {
    std::string list;
    for (const Method method : route.methods) {
        if (!list.empty()) list += ", ";
        list += to_string(method);
    }
    return list;
}

}  // namespace

std::string route_name(std::string_view pattern) {
    std::string name;
    for (const char c : pattern) {
        if (c == '{' || c == '}') continue;
        if (c == '/' || c == '-') {
            if (!name.empty()) name.push_back('_');
        } else {
            name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        }
    }
    return name.empty() ? "root" : name;
}

Router::Router(bool auth_enabled, std::string path_prefix, bool multi_tenant_queries)
    : auth_enabled_(auth_enabled),
      multi_tenant_queries_(multi_tenant_queries),
      prefix_(std::move(path_prefix)) {
    while (prefix_.ends_with('/')) prefix_.pop_back();
    if (!prefix_.empty() && !prefix_.starts_with('/')) prefix_.insert(prefix_.begin(), '/');
}

void Router::add(Route route) {
    route.name = route_name(route.pattern);
    route.pattern = prefix_ + route.pattern;
    route.segments = split_segments(route.pattern);
    const bool has_values =
        std::any_of(route.segments.begin(), route.segments.end(), is_placeholder);
    routes_.push_back(std::make_unique<Route>(std::move(route)));
    const Route* added = routes_.back().get();
    if (has_values) {
        patterns_.push_back(added);
    } else {
        exact_.emplace(added->pattern, added);
    }
}

Router::Match Router::match(Method method, std::string_view path, Surface surface) const {
    Match match;
    const auto exact = exact_.find(path);
    if (exact != exact_.end()) {
        match.route = exact->second;
    } else {
        for (const Route* route : patterns_) {
            auto values = values_of(*route, path);
            if (!values) continue;
            match.route = route;
            match.path_values = *std::move(values);
            break;
        }
    }
    if (match.route != nullptr && !is_on(surface, right_of(*match.route, method))) return {};
    if (match.route == nullptr) return match;
    const Method wanted = method == Method::kHead ? Method::kGet : method;
    const auto& methods = match.route->methods;
    match.method_allowed = std::find(methods.begin(), methods.end(), wanted) != methods.end();
    return match;
}

std::optional<HttpResponse> Router::refuse(Match& match, HttpRequest& head) const {
    if (match.route == nullptr)
        return waiting_for_ ? plain_text(503, waiting_for_() + "\n") : path_not_found();
    if (!match.method_allowed) {
        return HttpResponse{.status = 405,
                            .content_type = {},
                            .body = {},
                            .headers = {{"Allow", allowed_methods(*match.route)}}};
    }
    std::shared_ptr<const Principal> principal;
    if (access_ != nullptr && right_of(*match.route, head.method) != Right::kNone) {
        auto known = access_->identify(head.headers.find("Authorization"));
        if (!known) return unauthenticated(known.error());
        principal = *std::move(known);
        if (const auto why = principal->refuse(right_of(*match.route, head.method)))
            return plain_text(403, *why + "\n");
    }
    if (match.route->tenancy != Tenancy::kNone) {
        if (auto refusal = set_tenant(head, match.route->tenancy, principal.get())) return refusal;
    }
    head.principal = std::move(principal);
    head.path_values = std::move(match.path_values);
    return std::nullopt;
}

std::optional<HttpResponse> Router::set_tenant(HttpRequest& head, Tenancy tenancy,
                                               const Principal* principal) const {
    // Which of two is meant is not for us to say: one may be of a client, the other of its proxy.
    if (auth_enabled_ && head.headers.contradicts("X-Scope-OrgID"))
        return push_error(
            {ErrorCode::kInvalidArgument, "X-Scope-OrgID is there twice, with different tenants"});
    const std::string_view named = head.headers.find("X-Scope-OrgID").value_or("");
    const bool several = multi_tenant_queries_ && tenancy == Tenancy::kSeveral;
    auto tenants = allowed_tenants(named, {auth_enabled_, several}, principal);
    if (!tenants) return push_error(tenants.error());
    head.tenant = std::move(tenants->front());
    head.more_tenants.assign(std::make_move_iterator(tenants->begin() + 1),
                             std::make_move_iterator(tenants->end()));
    return std::nullopt;
}

Task<HttpResponse> Router::handle(HttpRequest request) const {
    Match found = match(request.method, request.path);
    if (auto refusal = refuse(found, request)) co_return *std::move(refusal);
    HttpResponse response = co_await found.route->handler(std::move(request));
    co_return with_retry_time(std::move(response));
}

}  // namespace skald::api
