// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "outbox.h"
#include "rule_schedule.h"
#include "rule_store.h"

#include <skald/read/ruler/ruler.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

namespace skald::read {

/// The ruler of one process.
class LocalRuler final : public Ruler {
public:
    LocalRuler(Options options, Surroundings around, std::unique_ptr<Outbox> outbox);
    ~LocalRuler() override;

    Result<void> start() override;
    void stop() override;
    Result<Namespaces> rules(const TenantId& tenant) override;
    Result<void> put_group(const TenantId& tenant, const std::string& name, std::string_view yaml,
                           const MemoryCharge& charge) override;
    Result<void> remove_group(const TenantId& tenant, const std::string& name,
                              const std::string& group) override;
    Result<void> remove_namespace(const TenantId& tenant, const std::string& name) override;
    std::vector<RuleGroupStatus> status(const TenantId& tenant) override;

    /// Evaluates what is due. For tests, which own the time.
    Task<> tick();

private:
    Result<void> load();
    void apply(const TenantId& tenant, const Namespaces& namespaces);
    bool is_evaluated(const std::string& tenant) const;
    Result<void> check_limits(const TenantId& tenant, const Namespaces& namespaces,
                              const RuleGroup& group) const;
    Task<> watch_time();
    Task<> watch_files();
    Task<> evaluate(RuleSchedule::Turn turn);
    Task<> rest(DurationNs time);
    void read_alerts();
    void write_alerts();

    const Options options_;
    Surroundings around_;
    std::unique_ptr<Outbox> outbox_;
    RulerMetrics metrics_;
    RunnerContext context_;
    RuleSchedule schedule_;
    std::mutex
        store_mutex_;  ///< Guards the files; held over disk operations, never by I/O threads.
    RuleStore store_;
    std::atomic<std::uint32_t> running_{0};
    std::uint64_t written_changes_ = 0;
    bool started_ = false;
    TaskGroup tasks_;
};

}  // namespace skald::read
