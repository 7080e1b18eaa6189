// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alert_file.h"
#include "rule_runner.h"
#include "rule_store.h"

#include <map>
#include <memory>
#include <vector>

namespace skald::read {

/// The groups that are evaluated, and when each is next.
/// Threading: thread-safe.
class RuleSchedule {
public:
    /// Shared: an evaluation that runs outlives the removal of its group.
    using Runner = std::shared_ptr<RuleRunner>;
    struct Turn {
        Runner runner;
        TimeNs at = 0;
    };

    explicit RuleSchedule(RunnerContext& context) : context_(context) {}

    /// Makes the groups of a tenant those of `namespaces`. Unchanged ones go on as they are.
    void set(const TenantId& tenant,
             const std::map<std::string, std::vector<RuleGroup>>& namespaces, TimeNs now);
    /// Tenants that have groups.
    std::vector<TenantId> tenants() const;
    /// Groups whose turn it is, at most `count`; each must be given back by `done`.
    std::vector<Turn> take_due(TimeNs now, std::size_t count);
    void done(const GroupPlace& place, TimeNs now);
    std::vector<Runner> runners(const TenantId* tenant) const;
    /// Alerts that groups continue with when they come.
    void keep(AlertFile alerts) { kept_ = std::move(alerts); }

private:
    struct Entry {
        Runner runner;
        TimeNs next = 0;
        bool running = false;
        std::size_t order = 0;  ///< In its namespace.
    };

    Entry make(const GroupPlace& place, const RuleGroup& group, TimeNs now) const;

    RunnerContext& context_;
    AlertFile kept_;
    Guarded<std::map<GroupPlace, Entry>> entries_;
};

}  // namespace skald::read
