// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/cancel.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {
struct AskedLimits;
}

namespace skald::api {

class Principal;

enum class Method { kGet, kHead, kPost, kPut, kDelete, kOther };

Method method_of(std::string_view text) noexcept;
/// "GET" …; "OTHER" for what no endpoint takes.
std::string_view to_string(Method method) noexcept;

/// Header fields in the order in which they came; names are compared without regard to case.
/// Threading: single-owner.
class Headers {
public:
    void add(std::string_view name, std::string_view value);
    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// All fields of that name as one list, "a, b"; empty if there is none.
    std::string joined(std::string_view name) const;
    /// True if two fields of that name say different things.
    bool contradicts(std::string_view name) const noexcept;
    std::size_t size() const noexcept { return fields_.size(); }

private:
    struct Field {
        std::uint32_t name = 0;  ///< Offsets into bytes_.
        std::uint32_t value = 0;
        std::uint32_t end = 0;
    };
    std::string_view name_of(const Field& field) const noexcept;
    std::string_view value_of(const Field& field) const noexcept;

    std::string bytes_;
    std::vector<Field> fields_;
};

/// One request, as handlers see it. Threading: single-owner.
struct HttpRequest {
    Method method = Method::kGet;
    std::string path;   ///< As it came, still percent-encoded, without the query.
    std::string query;  ///< What follows '?', as it came.
    Headers headers;
    Buffer body;
    /// Values of the route's `{…}` segments, decoded, in their order.
    std::vector<std::string> path_values;
    /// Set by the router for the endpoints that need one.
    std::optional<TenantId> tenant;
    /// Others beside it, sorted: of queries over several.
    std::vector<TenantId> more_tenants = {};
    /// Who sent it; null if nobody has to prove that.
    std::shared_ptr<const Principal> principal = nullptr;
    /// Limits that the client asks to be held to, if it may ask; else null.
    std::shared_ptr<const read::AskedLimits> asked_limits = nullptr;
    /// Cancelled when the client goes away or the server stops.
    CancelToken cancel;
    /// What the body holds of the server's budget.
    BudgetShare share;
};

class BodySource;
class MessageSource;

/// One answer. Threading: single-owner.
struct HttpResponse {
    int status = 200;
    std::string content_type;  ///< Empty: no such header.
    std::string body;
    /// Instead of `body`, if it is large: sent in chunks as it is written.
    std::shared_ptr<BodySource> source = nullptr;
    std::vector<std::pair<std::string, std::string>> headers;
    /// With status 101: what the WebSocket sends that the connection becomes.
    std::shared_ptr<MessageSource> socket = nullptr;
    /// Kept until the answer is sent: what it holds of a budget.
    std::shared_ptr<const void> memory = nullptr;
};

/// `text/plain` with nosniff, as Go's http.Error sends it; adds no newline.
HttpResponse plain_text(int status, std::string body);
/// The answer for a path that is not there.
HttpResponse path_not_found();
/// `application/json; charset=UTF-8`, as query answers are sent.
HttpResponse json_answer(std::string body);

/// True if both are the same but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
/// Without spaces and tabs at both ends.
std::string_view trim_blanks(std::string_view text) noexcept;

}  // namespace skald::api
