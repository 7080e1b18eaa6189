// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/config/access_rules.h>
#include <skald/foundation/runtime/task.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::api {

class Access;
class Principal;

/// Which endpoints a port has: those of administration may have a port of their own.
enum class Surface { kEverything, kPublic, kAdmin };

/// Whether an endpoint works on behalf of a tenant, or of several if that is allowed.
enum class Tenancy { kNone, kRequired, kSeveral };

/// Finds the handler of a request: exact paths, `{…}` stands for one segment.
/// Threading: immutable once the server runs.
class Router {
public:
    using Handler = std::function<Task<HttpResponse>(HttpRequest)>;
    /// The answer to a body of `size` bytes or more where `limit` are allowed.
    using BodyRefusal = std::function<HttpResponse(const HttpRequest& head, std::uint64_t size,
                                                   std::uint64_t limit)>;

    struct Route {
        std::string pattern;  ///< "/loki/api/v1/label/{name}/values"
        std::vector<Method> methods;
        Handler handler;
        Tenancy tenancy = Tenancy::kNone;
        /// What a client needs; kNone: anybody. What says nothing is for administrators.
        Right right = Right::kAdmin;
        /// The same of methods other than GET; empty: as `right`.
        std::optional<Right> right_to_change = std::nullopt;
        std::uint64_t body_bytes_max = 0;
        BodyRefusal body_refusal;  ///< Null: 413, `http: request body too large`.
        /// Told of each body that is refused for its size before it is whole, and its bytes as far
        /// as they are known. May be null.
        std::function<void(const HttpRequest& head, std::uint64_t size)> body_refused = nullptr;
        /// The `route` label of metrics; made from the pattern by `add`.
        std::string name;
        std::vector<std::string> segments;
    };

    explicit Router(bool auth_enabled, std::string path_prefix = {},
                    bool multi_tenant_queries = false);

    /// Adds an endpoint under the path prefix.
    void add(Route route);
    /// From now on clients must prove who they are. `access` must outlive the router.
    void guard_with(const Access& access) { access_ = &access; }
    /// Unknown paths are 503 with this text from now on; null: 404.
    void wait_for(std::function<std::string()> reason) { waiting_for_ = std::move(reason); }

    struct Match {
        const Route* route = nullptr;  ///< Null: no such path.
        bool method_allowed = false;   ///< HEAD is, where GET is.
        std::vector<std::string> path_values;
    };
    Match match(Method method, std::string_view path, Surface surface = Surface::kEverything) const;

    /// What can be said before the body is read: 404, 405, 401, 403, a bad tenant. If nothing is
    /// wrong, sets the tenant and the path values of `head`.
    std::optional<HttpResponse> refuse(Match& match, HttpRequest& head) const;

    /// All of it: match, refuse, handle.
    Task<HttpResponse> handle(HttpRequest request) const;

private:
    std::optional<HttpResponse> set_tenant(HttpRequest& head, Tenancy tenancy,
                                           const Principal* principal) const;

    const Access* access_ = nullptr;
    bool auth_enabled_;
    bool multi_tenant_queries_;
    std::function<std::string()> waiting_for_;
    std::string prefix_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::unordered_map<std::string, const Route*, TransparentStringHash, std::equal_to<>> exact_;
    std::vector<const Route*> patterns_;
};

/// "/loki/api/v1/label/{name}/values" -> "loki_api_v1_label_name_values".
std::string route_name(std::string_view pattern);

}  // namespace skald::api
