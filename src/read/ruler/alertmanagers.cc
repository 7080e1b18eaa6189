// SPDX-License-Identifier: Apache-2.0
#include "alertmanagers.h"

#include "alert_json.h"

#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <optional>
#include <utility>

namespace skald::read {

namespace {

constexpr std::size_t kAlertsPerRequest = 256;
constexpr std::size_t kAlertAttempts = 5;
constexpr std::uint64_t kCredentialBytesMax = kMiB;

std::string read_credentials(const std::string& file) {
    Result<std::string> text = read_regular_file(file, kCredentialBytesMax);
    if (!text) {
        // The receiver answers 401 then, and the request is tried again.
        log_warn("the credentials for an Alertmanager can't be read",
                 {{"err", text.error().message}});
        return {};
    }
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return *std::move(text);
}

/// What goes before the URL's own user: Loki's settings win.
void authorize(HttpTarget& target, const AlertmanagerSettings& settings) {
    if (!settings.user.empty())
        target.authorization = basic_authorization(settings.user, settings.password);
    std::string credentials = settings.credentials;
    // Read each time: tokens in files change.
    if (!settings.credentials_file.empty())
        credentials = read_credentials(settings.credentials_file);
    if (!credentials.empty()) target.authorization = settings.credentials_type + " " + credentials;
}

/// Counters of a receiver by tenant.
Delivery::Outcomes count_alerts(MetricsRegistry& metrics, const std::string& url) {
    const auto counting = [&metrics, url](const char* name, const char* help) {
        return [&metrics, url, name, help](const std::string& tenant, std::size_t count) {
            metrics.counter(name, help, {{"alertmanager", url}, {"user", tenant}})
                .add(static_cast<double>(count));
        };
    };
    return {counting("loki_prometheus_notifications_sent_total", "Total number of alerts sent."),
            counting("loki_prometheus_notifications_errors_total",
                     "Total number of errors sending alert notifications."),
            counting("loki_prometheus_notifications_dropped_total",
                     "Total number of alerts dropped due to errors when sending to Alertmanager.")};
}

HttpPost pack_alerts(const HttpTarget& target, const AlertmanagerSettings& settings,
                     const std::deque<Parcel>& parcels) {
    HttpPost post{
        target, settings.tls, {{"Content-Type", "application/json"}}, "[", settings.timeout};
    authorize(post.target, settings);
    for (const Parcel& parcel : parcels)
        post.body += (post.body.size() > 1 ? "," : "") + parcel.body;
    post.body += "]";
    return post;
}

/// As Alertmanagers take them, one each; what the rules drop is left out.
std::vector<std::string> bodies_of(const std::vector<Alert>& alerts, const RelabelRules& rules,
                                   const std::string& generator_url) {
    std::vector<std::string> bodies;
    for (const Alert& alert : alerts) {
        std::optional<Labels> labels = rules.apply(alert.labels);
        if (!labels || labels->empty()) continue;
        Alert sent = alert;
        sent.labels = *std::move(labels);
        bodies.push_back(alertmanager_json(sent, generator_url));
    }
    return bodies;
}

/// Holds the queue, which its tenant may give up meanwhile.
Task<> drain(std::shared_ptr<Delivery> queue, const TaskGroup& group) {
    co_await queue->drain(group);
}

}  // namespace

Result<std::unique_ptr<Alertmanagers>> Alertmanagers::create(const AlertmanagerSettings& usual,
                                                             const LimitsSource& limits,
                                                             Clock& clock,
                                                             MetricsRegistry& metrics) {
    std::unique_ptr<Alertmanagers> made(new Alertmanagers(limits, clock, metrics));
    Result<Receivers> receivers = made->receivers_of(usual);
    if (!receivers)
        return Error{receivers.error().code,
                     "ruler.alertmanager_url: " + receivers.error().message};
    made->usual_ = *std::move(receivers);
    return made;
}

Result<Alertmanagers::Receivers> Alertmanagers::receivers_of(const AlertmanagerSettings& settings) {
    Delivery::Options options;
    options.parcels_max = settings.queue_capacity;
    options.merged_max = kAlertsPerRequest;
    options.attempts_max = kAlertAttempts;
    Receivers receivers{settings, {}};
    for (const std::string& url : settings.urls) {
        SKALD_TRY(HttpTarget target, parse_http_target(url));
        while (target.path.ends_with('/')) target.path.pop_back();
        target.path += "/api/v2/alerts";
        Delivery::Outcomes outcomes = count_alerts(metrics_, target.text());
        Delivery::Pack pack = [target, settings](const std::string&,
                                                 const std::deque<Parcel>& parcels) {
            return pack_alerts(target, settings, parcels);
        };
        receivers.queues.push_back(
            std::make_shared<Delivery>(options, std::move(pack), std::move(outcomes), clock_));
    }
    return receivers;
}

void Alertmanagers::start(IoThreads& io, TaskGroup& group) {
    io_ = &io;
    group_ = &group;
    for (const auto& queue : usual_.queues) {
        const Executor executor = io.next().get_executor();
        group.spawn(executor, queue->run(group, executor));
    }
}

void Alertmanagers::put(const std::string& tenant, const std::vector<Alert>& alerts,
                        const std::string& generator_url) {
    const std::shared_ptr<const Limits> limits = limits_.of(*TenantId::parse(tenant));
    const std::optional<AlertmanagerSettings>& own = limits->ruler_alertmanager_config;
    const RelabelRules& rules = own ? own->relabel : usual_.settings.relabel;
    const std::vector<std::string> bodies = bodies_of(alerts, rules, generator_url);
    if (own) return put_own(tenant, *own, bodies);
    // It may have had some: what waits there still goes out, and the settings are forgotten then.
    tenants_.lock()->erase(tenant);
    for (const std::string& body : bodies)
        for (const auto& queue : usual_.queues) queue->put({tenant, body, 1});
}

/// The tenant's queues, made anew when its settings have changed.
Alertmanagers::Receivers Alertmanagers::own_of(const std::string& tenant,
                                               const AlertmanagerSettings& settings) {
    auto tenants = tenants_.lock();
    const auto found = tenants->find(tenant);
    if (found != tenants->end() && found->second.settings == settings) return found->second;
    Result<Receivers> made = receivers_of(settings);
    if (!made) return {};  // Not of the limits, which take only addresses that can be used.
    return tenants->insert_or_assign(tenant, *std::move(made)).first->second;
}

void Alertmanagers::put_own(const std::string& tenant, const AlertmanagerSettings& settings,
                            const std::vector<std::string>& bodies) {
    const Receivers own = own_of(tenant, settings);
    for (const auto& queue : own.queues) {
        for (const std::string& body : bodies) queue->put({tenant, body, 1});
        if (queue->claim()) group_->spawn(io_->next().get_executor(), drain(queue, *group_));
    }
}

}  // namespace skald::read
