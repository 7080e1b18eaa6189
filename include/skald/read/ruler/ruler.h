// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/querier.h>
#include <skald/read/ruler/alert.h>
#include <skald/read/ruler/receivers.h>
#include <skald/read/ruler/rule_group.h>
#include <skald/storage/file/file_system.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A rule and how it fares. A time of 0: not evaluated yet.
struct RuleStatus {
    Rule rule;
    std::string query;   ///< The expression in its canonical form.
    std::string health;  ///< "unknown", "ok", "err".
    std::string last_error;
    TimeNs last_evaluation = 0;
    double seconds = 0;
    AlertState state = AlertState::kInactive;
    std::vector<Alert> alerts;  ///< Pending and firing.
};

/// A group and how it fares.
struct RuleGroupStatus {
    std::string name;
    std::string file;  ///< The namespace.
    DurationNs interval = 0;
    std::uint64_t limit = 0;
    TimeNs last_evaluation = 0;
    double seconds = 0;
    std::vector<RuleStatus> rules;
};

/// Keeps rule groups, evaluates them on time, and tells others: alerts go to Alertmanager, recorded
/// series to a remote write endpoint.
///
/// Read path: clock -> [Ruler] -> querier; and then to the receivers.
/// Threading: thread-safe.
class Ruler {
public:
    struct Options {
        std::string directory;   ///< Of the rules, `DIRECTORY/TENANT/NAMESPACE`.
        bool read_only = false;  ///< The API changes nothing.
        std::string state_file;  ///< Keeps alerts over a restart; empty: they begin anew.
        std::string external_url;
        std::string datasource_uid;
        DurationNs evaluation_interval = kNanosPerMinute;  ///< Of groups that say none.
        DurationNs poll_interval = kNanosPerMinute;        ///< Of looking for changed files.
        DurationNs resend_delay = kNanosPerMinute;
        DurationNs outage_tolerance = kNanosPerHour;  ///< Alerts kept longer ago are forgotten.
        DurationNs jitter_max = 0;
        std::vector<std::string> enabled_tenants;  ///< Empty: all.
        std::vector<std::string> disabled_tenants;
        bool group_label = true;             ///< Metrics have a label `rule_group`.
        std::uint32_t evaluations_max = 16;  ///< Groups at a time.
        AlertmanagerSettings alerts;  ///< Where alerts of tenants without their own receivers go.
        RemoteWrite remote_write;
    };
    using Namespaces = std::map<std::string, std::vector<RuleGroup>>;

    /// Who gives what a ruler works with; all must outlive it.
    struct Surroundings {
        storage::FileSystem& files;
        Querier& querier;
        const LimitsSource& limits;
        Clock& clock;
        IoThreads& io;
        WorkerPool& workers;
        MetricsRegistry& metrics;
    };

    /// Errors: kInvalidArgument, addresses of receivers that can't be used.
    static Result<std::unique_ptr<Ruler>> create(Options options, Surroundings around);
    virtual ~Ruler() = default;

    /// Loads the rules and begins to evaluate. Files that can't be used are left out with a line in
    /// the log. Blocking. Errors: those of the file system.
    virtual Result<void> start() = 0;
    /// Ends evaluations and writes the state of alerts. Blocking; the I/O threads must still run.
    virtual void stop() = 0;

    // What the API does; blocking. Errors: kNotFound with Loki's texts, kInvalidArgument,
    // kCorruption, kIo.
    virtual Result<Namespaces> rules(const TenantId& tenant) = 0;
    /// Adds the group or replaces the one of its name. `yaml`: one group. Errors also: kTooLarge,
    /// and those of `charge`, which is asked for what reading the group takes.
    virtual Result<void> put_group(const TenantId& tenant, const std::string& name,
                                   std::string_view yaml, const MemoryCharge& charge) = 0;
    virtual Result<void> remove_group(const TenantId& tenant, const std::string& name,
                                      const std::string& group) = 0;
    virtual Result<void> remove_namespace(const TenantId& tenant, const std::string& name) = 0;

    /// Groups of a tenant by namespace and in their order.
    virtual std::vector<RuleGroupStatus> status(const TenantId& tenant) = 0;
};

}  // namespace skald::read
