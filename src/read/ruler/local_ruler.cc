// SPDX-License-Identifier: Apache-2.0
#include "local_ruler.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/replace_file.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace skald::read {

namespace {

constexpr auto kNap = std::chrono::milliseconds(100);
constexpr DurationNs kAlertsWrittenEvery = 10 * kNanosPerSecond;

Error not_found(const char* text) {
    return {ErrorCode::kNotFound, text};
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

Result<std::unique_ptr<Ruler>> Ruler::create(Options options, Surroundings around) {
    SKALD_TRY(std::unique_ptr<Outbox> outbox,
              Outbox::create(options.alerts, options.remote_write, around.limits, around.clock,
                             around.metrics));
    std::unique_ptr<Ruler> made =
        std::make_unique<LocalRuler>(std::move(options), around, std::move(outbox));
    return made;
}

LocalRuler::LocalRuler(Options options, Surroundings around, std::unique_ptr<Outbox> outbox)
    : options_(std::move(options)),
      around_(around),
      outbox_(std::move(outbox)),
      metrics_(around.metrics),
      context_{options_, around.querier, around.limits, around.clock, *outbox_, metrics_, {}},
      schedule_(context_),
      store_(around.files, options_.directory, options_.read_only) {}

LocalRuler::~LocalRuler() {
    stop();
}

Result<void> LocalRuler::start() {
    read_alerts();
    SKALD_CHECK(load());
    metrics_.initial.add();
    started_ = true;
    outbox_->start(around_.io);
    tasks_.spawn(around_.io.at(0).get_executor(), watch_time());
    tasks_.spawn(around_.io.at(0).get_executor(), watch_files());
    return {};
}

void LocalRuler::stop() {
    context_.cancel.cancel(CancelReason::kShutdown);
    tasks_.close();
    outbox_->stop();
    if (!std::exchange(started_, false)) return;
    write_alerts();
}

bool LocalRuler::is_evaluated(const std::string& tenant) const {
    if (contains(options_.disabled_tenants, tenant)) return false;
    return options_.enabled_tenants.empty() || contains(options_.enabled_tenants, tenant);
}

void LocalRuler::apply(const TenantId& tenant, const Namespaces& namespaces) {
    if (is_evaluated(tenant.text())) schedule_.set(tenant, namespaces, around_.clock.wall_now());
}

Result<void> LocalRuler::load() {
    std::vector<std::string> problems;
    std::lock_guard hold(store_mutex_);
    SKALD_TRY(const auto tenants, store_.load(problems));
    for (const std::string& problem : problems) {
        metrics_.bad_files.add();
        log_error("a file of rules can't be used",
                  {{"directory", options_.directory},
                   {"err", problem},
                   {"do", "put the file right; it is read again by itself"}});
    }
    std::set<std::string> seen;
    for (const auto& [name, namespaces] : tenants) {
        seen.insert(name);
        apply(*TenantId::parse(name), namespaces);
    }
    for (const TenantId& tenant : schedule_.tenants())
        if (!seen.contains(tenant.text())) apply(tenant, {});
    metrics_.tenants.set(static_cast<double>(schedule_.tenants().size()));
    return {};
}

Task<> LocalRuler::rest(DurationNs time) {
    const auto end = around_.clock.now() + std::chrono::nanoseconds(time);
    while (!tasks_.closing() && around_.clock.now() < end)
        co_await around_.clock.sleep_until(std::min(end, around_.clock.now() + kNap));
}

Task<> LocalRuler::watch_time() {
    while (!tasks_.closing()) {
        co_await tick();
        co_await around_.clock.sleep_until(around_.clock.now() + kNap);
    }
}

Task<> LocalRuler::tick() {
    const std::uint32_t running = running_.load();
    if (running >= options_.evaluations_max) co_return;
    const TimeNs now = around_.clock.wall_now();
    for (RuleSchedule::Turn& turn : schedule_.take_due(now, options_.evaluations_max - running)) {
        running_.fetch_add(1);
        const Executor executor = co_await boost::asio::this_coro::executor;
        if (!tasks_.spawn(executor, evaluate(std::move(turn)))) running_.fetch_sub(1);
    }
}

Task<> LocalRuler::evaluate(RuleSchedule::Turn turn) {
    co_await turn.runner->evaluate(turn.at);
    running_.fetch_sub(1);
    schedule_.done(turn.runner->place(), around_.clock.wall_now());
}

/// Rules that people changed by hand, and the state of alerts.
Task<> LocalRuler::watch_files() {
    DurationNs since_load = 0;
    while (!tasks_.closing()) {
        const DurationNs time = std::min(kAlertsWrittenEvery, options_.poll_interval);
        co_await rest(time);
        since_load += time;
        const bool reload = since_load >= options_.poll_interval;
        if (reload) since_load = 0;
        if (tasks_.closing()) break;
        std::function<Result<void>()> work = [this, reload]() -> Result<void> {
            write_alerts();
            return reload ? load() : Result<void>();
        };
        const Result<void> done =
            co_await run_on(around_.workers, Lane::kBackground, std::move(work));
        if (reload) metrics_.periodic.add();
        if (!done)
            log_error("rules can't be read",
                      {{"directory", options_.directory},
                       {"err", done.error().message},
                       {"do", "look after the folder and its rights; it is read again by itself"}});
    }
}

void LocalRuler::read_alerts() {
    if (options_.state_file.empty()) return;
    const Result<Buffer> bytes = around_.files.read_all(options_.state_file);
    if (!bytes) return;  // The first start.
    Result<AlertFile> file = decode_alerts(bytes->view());
    if (!file) {
        log_warn("alerts begin anew",
                 {{"file", options_.state_file}, {"err", file.error().message}});
        return;
    }
    const DurationNs age = around_.clock.wall_now() - file->written_at;
    if (age <= options_.outage_tolerance) schedule_.keep(*std::move(file));
}

void LocalRuler::write_alerts() {
    if (options_.state_file.empty()) return;
    AlertFile file;
    file.written_at = around_.clock.wall_now();
    for (const RuleSchedule::Runner& runner : schedule_.runners(nullptr)) {
        const GroupPlace& place = runner->place();
        for (auto& [rule, alerts] : runner->alerts())
            file.rules.push_back(
                {place.tenant.text(), place.name, place.group, rule, std::move(alerts)});
    }
    if (file.rules.empty() && written_changes_ == 0) return;
    written_changes_ = file.rules.size();
    const std::string folder = storage::parent_path(options_.state_file);
    const std::string name = options_.state_file.substr(options_.state_file.rfind('/') + 1);
    Result<void> written = storage::make_durable_directories(around_.files, folder);
    if (written) written = storage::replace_file(around_.files, folder, name, encode_alerts(file));
    if (!written) log_warn("the state of alerts can't be kept", {{"err", written.error().message}});
}

Result<LocalRuler::Namespaces> LocalRuler::rules(const TenantId& tenant) {
    std::lock_guard hold(store_mutex_);
    return store_.load_tenant(tenant);
}

Result<void> LocalRuler::check_limits(const TenantId& tenant, const Namespaces& namespaces,
                                      const RuleGroup& group) const {
    const auto refused = [](const char* what, std::size_t limit, std::size_t actual,
                            const char* key) {
        return Error{ErrorCode::kInvalidArgument,
                     std::string("per-user ") + what + " limit (limit: " + std::to_string(limit) +
                         " actual: " + std::to_string(actual) + ") exceeded" + key};
    };
    const std::shared_ptr<const Limits> limits = around_.limits.of(tenant);
    const std::size_t rules_max = limits->ruler_max_rules_per_rule_group;
    if (rules_max > 0 && group.rules.size() > rules_max)
        return refused("rules per rule group", rules_max, group.rules.size(),
                       " (limits_config.ruler_max_rules_per_rule_group)");
    std::size_t groups = 1;
    for (const auto& [name, list] : namespaces) groups += list.size();
    const std::size_t groups_max = limits->ruler_max_rule_groups_per_tenant;
    if (groups_max > 0 && groups > groups_max)
        return refused("rule groups", groups_max, groups,
                       " (limits_config.ruler_max_rule_groups_per_tenant)");
    return {};
}

Result<void> LocalRuler::put_group(const TenantId& tenant, const std::string& name,
                                   std::string_view yaml, const MemoryCharge& charge) {
    SKALD_CHECK(check_rule_namespace(name));
    SKALD_TRY(RuleGroup group, parse_rule_group(yaml, charge));
    if (options_.read_only) return store_.put(tenant, name, {group}, "SetRuleGroup");
    std::lock_guard hold(store_mutex_);
    SKALD_TRY(Namespaces namespaces, store_.load_tenant(tenant));
    std::vector<RuleGroup>& groups = namespaces[name];
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const RuleGroup& each) { return each.name == group.name; });
    const bool is_new = known == groups.end();
    // Counted without the group that it replaces, as every group is counted once.
    const Namespaces before = is_new ? namespaces : Namespaces();
    SKALD_CHECK(check_limits(tenant, before, group));
    if (is_new)
        groups.push_back(std::move(group));
    else
        *known = std::move(group);
    SKALD_CHECK(store_.put(tenant, name, groups, "SetRuleGroup"));
    apply(tenant, namespaces);
    metrics_.tenants.set(static_cast<double>(schedule_.tenants().size()));
    return {};
}

Result<void> LocalRuler::remove_group(const TenantId& tenant, const std::string& name,
                                      const std::string& group) {
    SKALD_CHECK(check_rule_namespace(name));
    if (options_.read_only) return store_.put(tenant, name, {}, "DeleteRuleGroup");
    std::lock_guard hold(store_mutex_);
    SKALD_TRY(Namespaces namespaces, store_.load_tenant(tenant));
    const auto found = namespaces.find(name);
    if (found == namespaces.end()) return not_found("group does not exist");
    const auto removed =
        std::erase_if(found->second, [&](const RuleGroup& each) { return each.name == group; });
    if (removed == 0) return not_found("group does not exist");
    SKALD_CHECK(store_.put(tenant, name, found->second, "DeleteRuleGroup"));
    apply(tenant, namespaces);
    return {};
}

Result<void> LocalRuler::remove_namespace(const TenantId& tenant, const std::string& name) {
    SKALD_CHECK(check_rule_namespace(name));
    if (options_.read_only) return store_.put(tenant, name, {}, "DeleteNamespace");
    std::lock_guard hold(store_mutex_);
    SKALD_TRY(Namespaces namespaces, store_.load_tenant(tenant));
    if (namespaces.erase(name) == 0) return not_found("group namespace does not exist");
    SKALD_CHECK(store_.put(tenant, name, {}, "DeleteNamespace"));
    apply(tenant, namespaces);
    return {};
}

std::vector<RuleGroupStatus> LocalRuler::status(const TenantId& tenant) {
    std::vector<RuleGroupStatus> found;
    for (const RuleSchedule::Runner& runner : schedule_.runners(&tenant))
        found.push_back(runner->status());
    return found;
}

}  // namespace skald::read
