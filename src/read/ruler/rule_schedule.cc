// SPDX-License-Identifier: Apache-2.0
#include "rule_schedule.h"

#include <algorithm>
#include <utility>

namespace skald::read {

RuleSchedule::Entry RuleSchedule::make(const GroupPlace& place, const RuleGroup& group,
                                       TimeNs now) const {
    Entry entry{std::make_shared<RuleRunner>(place, group, context_)};
    entry.next = entry.runner->first_slot(now);
    for (const KeptAlerts& kept : kept_.rules) {
        if (kept.tenant != place.tenant.text() || kept.name != place.name ||
            kept.group != place.group)
            continue;
        entry.runner->restore(kept.rule, kept.alerts,
                              std::max<DurationNs>(0, now - kept_.written_at));
    }
    return entry;
}

void RuleSchedule::set(const TenantId& tenant,
                       const std::map<std::string, std::vector<RuleGroup>>& namespaces,
                       TimeNs now) {
    auto entries = entries_.lock();
    std::map<GroupPlace, Entry> wanted;
    for (const auto& [name, groups] : namespaces) {
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const GroupPlace place{tenant, name, groups[i].name};
            const auto known = entries->find(place);
            Entry entry = known != entries->end() && known->second.runner->is_same(groups[i])
                              ? known->second
                              : make(place, groups[i], now);
            entry.order = i;
            wanted.emplace(place, std::move(entry));
        }
    }
    std::erase_if(*entries, [&](const auto& each) { return each.first.tenant == tenant; });
    entries->merge(wanted);
}

std::vector<TenantId> RuleSchedule::tenants() const {
    return entries_.with([](const std::map<GroupPlace, Entry>& entries) {
        std::vector<TenantId> found;
        for (const auto& [place, entry] : entries)
            if (found.empty() || found.back() != place.tenant) found.push_back(place.tenant);
        return found;
    });
}

std::vector<RuleSchedule::Turn> RuleSchedule::take_due(TimeNs now, std::size_t count) {
    auto entries = entries_.lock();
    std::vector<Turn> turns;
    for (auto& [place, entry] : *entries) {
        if (turns.size() == count) break;
        if (entry.running || entry.next > now) continue;
        entry.running = true;
        turns.push_back({entry.runner, entry.next});
    }
    return turns;
}

void RuleSchedule::done(const GroupPlace& place, TimeNs now) {
    auto entries = entries_.lock();
    const auto found = entries->find(place);
    if (found == entries->end()) return;
    Entry& entry = found->second;
    if (!entry.running) return;  // The group was replaced meanwhile.
    entry.running = false;
    const DurationNs interval = entry.runner->interval();
    entry.next += interval;
    if (entry.next > now) return;
    const auto late = static_cast<std::uint64_t>((now - entry.next) / interval);
    // The latest slot that has begun is still taken; those before it are lost.
    entry.runner->missed(late);
    entry.next += static_cast<DurationNs>(late) * interval;
}

std::vector<RuleSchedule::Runner> RuleSchedule::runners(const TenantId* tenant) const {
    return entries_.with([tenant](const std::map<GroupPlace, Entry>& entries) {
        std::vector<const std::pair<const GroupPlace, Entry>*> found;
        for (const auto& each : entries)
            if (tenant == nullptr || each.first.tenant == *tenant) found.push_back(&each);
        std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
            return std::tie(a->first.tenant, a->first.name, a->second.order) <
                   std::tie(b->first.tenant, b->first.name, b->second.order);
        });
        std::vector<Runner> runners;
        for (const auto* each : found) runners.push_back(each->second.runner);
        return runners;
    });
}

}  // namespace skald::read
