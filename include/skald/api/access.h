// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/access_rules.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::api {

/// One who proved with a token who it is. Threading: immutable.
class Principal {
public:
    /// Takes everything of the rule but the token.
    explicit Principal(AccessRule rule) : rule_(std::move(rule)) { rule_.token.clear(); }

    const std::string& name() const noexcept { return rule_.name; }
    /// Nothing if it has the right, else the words of a refusal (403).
    std::optional<std::string> refuse(Right right) const;
    /// Nothing if it may work for the tenant, else the words of a refusal (403).
    std::optional<std::string> refuse(const TenantId& tenant) const;
    /// The only tenant that it has, which a request need not name.
    const std::string* only_tenant() const noexcept;
    const AccessRule& rule() const noexcept { return rule_; }

private:
    AccessRule rule_;
};

/// Who may do what (`auth.file`). Clients show a token as `Authorization: Bearer TOKEN`, or as the
/// password of HTTP's basic authentication. The file is read again when it changes; a file that
/// can't be used leaves the former rules in place.
///
/// Invariants: only digests of tokens are kept, and a token is compared with all of them in
/// constant time. No token is in an error or a log line. Threading: thread-safe.
class Access {
public:
    /// Reads the file. Errors: kInvalidArgument with all problems, also if others may read or write
    /// the file; kNotFound, kIo.
    static Result<std::unique_ptr<Access>> load(std::string file, Clock& clock,
                                                MetricsRegistry& metrics);
    /// For `load`.
    Access(std::string file, Clock& clock, MetricsRegistry& metrics);
    ~Access();

    /// Who sends this header. Errors: kUnauthenticated.
    Result<std::shared_ptr<const Principal>> identify(
        std::optional<std::string_view> authorization) const;
    /// Nothing while one who was identified earlier may still do this for the tenant, by the rules
    /// as they are now; else why not.
    std::optional<std::string> refuse(const Principal& known, Right right,
                                      const TenantId& tenant) const;

private:
    using Principals = std::vector<std::shared_ptr<const Principal>>;
    struct State;

    static Result<std::shared_ptr<const Principals>> read(const std::string& file);
    std::shared_ptr<const Principals> current() const;

    const std::string file_;
    Clock& clock_;
    const std::unique_ptr<Guarded<State>> state_;
    mutable Counter missing_;
    mutable Counter wrong_;
    mutable Gauge reloaded_;
};

}  // namespace skald::api
