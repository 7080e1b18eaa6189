// SPDX-License-Identifier: Apache-2.0
#include "outbox.h"

#include "write_request.h"

#include <utility>

namespace skald::read {

namespace {

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
    if (changes.relabel) client.relabel = changes.relabel;
}

/// The client as the tenant's limits change it.
RemoteWriteClient client_of(RemoteWriteClient client, const Limits& limits) {
    RemoteWriteClient changes;
    changes.url = limits.ruler_remote_write_url;
    changes.timeout = limits.ruler_remote_write_timeout;
    changes.headers = limits.ruler_remote_write_headers;
    changes.relabel = limits.ruler_remote_write_relabel_configs;
    apply_changes(client, changes);
    for (const RemoteWriteClient& own : limits.ruler_remote_write_config)
        if (own.id == client.id) apply_changes(client, own);
    return client;
}

/// To be given what is sent. Requires: the client's address was checked when it was read.
HttpPost write_post(const RemoteWriteClient& client) {
    HttpPost post{*parse_http_target(client.url),
                  {},
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

void Outbox::add_client(const RemoteWriteClient& client, const RemoteWrite& settings, Clock& clock,
                        MetricsRegistry& metrics) {
    Delivery::Pack pack = [client, &limits = *limits_, org_id = settings.org_id_header](
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
    series_.push_back(
        {client, std::make_unique<Delivery>(options, std::move(pack),
                                            count_samples(metrics, client.name), clock)});
}

Result<std::unique_ptr<Outbox>> Outbox::create(const AlertmanagerSettings& alerts,
                                               const RemoteWrite& series,
                                               const LimitsSource& limits, Clock& clock,
                                               MetricsRegistry& metrics) {
    auto outbox = std::make_unique<Outbox>();
    outbox->limits_ = &limits;
    SKALD_TRY(outbox->alerts_, Alertmanagers::create(alerts, limits, clock, metrics));
    if (series.enabled) {
        for (const RemoteWriteClient& client : series.clients) {
            outbox->add_client(client, series, clock, metrics);
        }
    }
    return outbox;
}

void Outbox::put_alerts(const std::string& tenant, const std::vector<Alert>& alerts,
                        const std::string& generator_url) {
    if (alerts_ != nullptr) alerts_->put(tenant, alerts, generator_url);
}

void Outbox::put_series(const std::string& tenant, const RecordedSeries& series) {
    if (series_.empty() || series.values.empty()) return;
    const std::shared_ptr<const Limits> limits = limits_->of(*TenantId::parse(tenant));
    for (const SeriesReceiver& receiver : series_) {
        const RemoteWriteClient client = client_of(receiver.client, *limits);
        SeriesRequest request = series_request(series, client.relabel.value_or(RelabelRules()));
        if (request.samples > 0)
            receiver.queue->put({tenant, std::move(request.bytes), request.samples});
    }
}

void Outbox::start(IoThreads& io) {
    if (alerts_ != nullptr) alerts_->start(io, tasks_);
    for (const SeriesReceiver& receiver : series_) {
        const Executor executor = io.next().get_executor();
        tasks_.spawn(executor, receiver.queue->run(tasks_, executor));
    }
}

void Outbox::stop() {
    tasks_.close();
}

}  // namespace skald::read
