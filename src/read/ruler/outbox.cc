// SPDX-License-Identifier: Apache-2.0
#include "outbox.h"

#include "alert_json.h"
#include "write_request.h"

#include <fstream>
#include <iterator>
#include <utility>

namespace skald::read {

namespace {

constexpr std::size_t kAlertsPerRequest = 256;
constexpr std::size_t kAlertAttempts = 5;

std::string read_credentials(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

/// What goes before the URL's own user: Loki's settings win.
void authorize(HttpTarget& target, const AlertReceivers& settings) {
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

Delivery::Outcomes count_samples(MetricsRegistry& metrics, const std::string& client) {
    const auto counting = [&metrics, client](const char* name, const char* help) {
        return [&metrics, client, name, help](const std::string& tenant, std::size_t count) {
            metrics.counter(name, help, {{"remote_name", client}, {"tenant", tenant}})
                .add(static_cast<double>(count));
        };
    };
    return {counting("loki_ruler_wal_prometheus_remote_storage_samples_total",
                     "Total number of samples sent to remote storage."),
            counting("loki_ruler_wal_prometheus_remote_storage_samples_retried_total",
                     "Samples that a receiver did not take at once."),
            counting("loki_ruler_wal_prometheus_remote_storage_samples_dropped_total",
                     "Samples that were given up.")};
}

void forget_authorization(RemoteWriteClient& client) {
    client.user.clear();
    client.password.clear();
    client.credentials.clear();
}

/// Who brings an authorization of his own gives up the client's whole one: it is not for whoever
/// takes his.
void apply_changes(RemoteWriteClient& client, const RemoteWriteClient& changes) {
    if (!changes.url.empty()) {
        client.url = changes.url;
        const Result<HttpTarget> target = parse_http_target(client.url);
        if (target && !target->authorization.empty()) forget_authorization(client);
    }
    if (changes.timeout > 0) client.timeout = changes.timeout;
    if (!changes.user.empty() || !changes.credentials.empty()) {
        forget_authorization(client);
        client.user = changes.user;
        client.password = changes.password;
        client.credentials = changes.credentials;
    }
    if (!changes.headers.empty()) client.headers = changes.headers;
}

/// The client as the tenant's limits change it.
RemoteWriteClient client_of(RemoteWriteClient client, const Limits& limits) {
    RemoteWriteClient changes;
    changes.url = limits.ruler_remote_write_url;
    changes.timeout = limits.ruler_remote_write_timeout;
    changes.headers = limits.ruler_remote_write_headers;
    apply_changes(client, changes);
    for (const RemoteWriteClient& own : limits.ruler_remote_write_config)
        if (own.id == client.id) apply_changes(client, own);
    return client;
}

/// To be given what is sent. Requires: the client's address was checked when it was read.
HttpPost write_post(const RemoteWriteClient& client) {
    HttpPost post{*parse_http_target(client.url),
                  {{"Content-Type", "application/x-protobuf"},
                   {"Content-Encoding", "snappy"},
                   {"X-Prometheus-Remote-Write-Version", "0.1.0"}},
                  {},
                  client.timeout};
    if (!client.user.empty())
        post.target.authorization = basic_authorization(client.user, client.password);
    if (!client.credentials.empty()) post.target.authorization = "Bearer " + client.credentials;
    post.headers.insert(post.headers.end(), client.headers.begin(), client.headers.end());
    return post;
}

}  // namespace

Result<void> Outbox::add_alertmanager(const std::string& url, const AlertReceivers& settings,
                                      Clock& clock, MetricsRegistry& metrics) {
    Result<HttpTarget> target = parse_http_target(url);
    if (!target)
        return Error{target.error().code, "ruler.alertmanager_url: " + target.error().message};
    while (target->path.ends_with('/')) target->path.pop_back();
    target->path += "/api/v2/alerts";
    Delivery::Pack pack = [target = *target, settings](const std::string&,
                                                       const std::deque<Parcel>& parcels) {
        HttpPost post{target, {{"Content-Type", "application/json"}}, "[", settings.timeout};
        authorize(post.target, settings);
        for (const Parcel& parcel : parcels)
            post.body += (post.body.size() > 1 ? "," : "") + parcel.body;
        post.body += "]";
        return post;
    };
    Delivery::Options options;
    options.parcels_max = settings.queue_capacity;
    options.merged_max = kAlertsPerRequest;
    options.attempts_max = kAlertAttempts;
    alerts_.push_back(std::make_unique<Delivery>(options, std::move(pack),
                                                 count_alerts(metrics, target->text()), clock));
    return {};
}

void Outbox::add_client(const RemoteWriteClient& client, const RemoteWrite& settings,
                        const LimitsSource& limits, Clock& clock, MetricsRegistry& metrics) {
    Delivery::Pack pack = [client, &limits, org_id = settings.org_id_header](
                              const std::string& tenant, const std::deque<Parcel>& parcels) {
        HttpPost post = write_post(client_of(client, *limits.of(*TenantId::parse(tenant))));
        if (org_id) post.headers.emplace_back("X-Scope-OrgID", tenant);
        std::string request;
        for (const Parcel& parcel : parcels) request += parcel.body;
        post.body = packed_request(request);
        return post;
    };
    Delivery::Options options;
    options.bytes_max = settings.queue_bytes_max;
    options.merged_max = 64;
    options.attempts_max = 20;
    series_.push_back(std::make_unique<Delivery>(options, std::move(pack),
                                                 count_samples(metrics, client.name), clock));
}

Result<std::unique_ptr<Outbox>> Outbox::create(AlertReceivers alerts, RemoteWrite series,
                                               const LimitsSource& limits, Clock& clock,
                                               MetricsRegistry& metrics) {
    auto outbox = std::make_unique<Outbox>();
    for (const std::string& url : alerts.urls) {
        SKALD_CHECK(outbox->add_alertmanager(url, alerts, clock, metrics));
    }
    if (series.enabled) {
        for (const RemoteWriteClient& client : series.clients) {
            outbox->add_client(client, series, limits, clock, metrics);
        }
    }
    return outbox;
}

void Outbox::put_alerts(const std::string& tenant, const std::vector<Alert>& alerts,
                        const std::string& generator_url) {
    for (const Alert& alert : alerts) {
        const std::string body = alertmanager_json(alert, generator_url);
        for (const auto& receiver : alerts_) receiver->put({tenant, body, 1});
    }
}

void Outbox::put_series(const std::string& tenant, const std::string& request,
                        std::size_t samples) {
    if (samples == 0) return;
    for (const auto& receiver : series_) receiver->put({tenant, request, samples});
}

void Outbox::start(IoThreads& io) {
    for (const auto* receivers : {&alerts_, &series_})
        for (const auto& receiver : *receivers) {
            const Executor executor = io.next().get_executor();
            tasks_.spawn(executor, receiver->run(tasks_, executor));
        }
}

void Outbox::stop() {
    tasks_.close();
}

}  // namespace skald::read
