// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/telemetry/metrics.h>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <unordered_map>

namespace skald {

void Counter::add(double amount) {
    if (counter_ != nullptr) counter_->Increment(amount);
}
double Counter::value() const {
    return counter_ == nullptr ? 0 : counter_->Value();
}
void Gauge::set(double value) {
    if (gauge_ != nullptr) gauge_->Set(value);
}
void Gauge::add(double amount) {
    if (gauge_ != nullptr) gauge_->Increment(amount);
}
double Gauge::value() const {
    return gauge_ == nullptr ? 0 : gauge_->Value();
}
void Histogram::observe(double value) {
    if (histogram_ != nullptr) histogram_->Observe(value);
}
void Histogram::observe_many(const std::vector<double>& counts, double sum) {
    if (histogram_ != nullptr) histogram_->ObserveMultiple(counts, sum);
}

const std::vector<double>& default_buckets() {
    static const std::vector<double> buckets = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
    return buckets;
}

namespace {

template <class T>
using Families = std::unordered_map<std::string, prometheus::Family<T>*>;

/// The family of the name, made at its first use.
template <class T, class Builder>
prometheus::Family<T>& family_of(Families<T>& families, prometheus::Registry& registry,
                                 Builder builder, std::string_view name, std::string_view help) {
    const std::string key(name);
    const auto found = families.find(key);
    if (found != families.end()) return *found->second;
    auto& family = builder.Name(key).Help(std::string(help)).Register(registry);
    families.emplace(key, &family);
    return family;
}

prometheus::Labels to_prometheus(const MetricLabels& labels) {
    return {labels.begin(), labels.end()};
}

}  // namespace

struct MetricsRegistry::State {
    std::mutex mutex;
    prometheus::Registry registry;
    Families<prometheus::Counter> counters;
    Families<prometheus::Gauge> gauges;
    Families<prometheus::Histogram> histograms;
    std::vector<std::function<void()>> collectors;
};

MetricsRegistry::MetricsRegistry() : state_(std::make_unique<State>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter MetricsRegistry::counter(std::string_view name, std::string_view help,
                                 const MetricLabels& labels) {
    std::lock_guard hold(state_->mutex);
    auto& family =
        family_of(state_->counters, state_->registry, prometheus::BuildCounter(), name, help);
    return Counter(&family.Add(to_prometheus(labels)));
}

Gauge MetricsRegistry::gauge(std::string_view name, std::string_view help,
                             const MetricLabels& labels) {
    std::lock_guard hold(state_->mutex);
    auto& family =
        family_of(state_->gauges, state_->registry, prometheus::BuildGauge(), name, help);
    return Gauge(&family.Add(to_prometheus(labels)));
}

Histogram MetricsRegistry::histogram(std::string_view name, std::string_view help,
                                     const MetricLabels& labels,
                                     const std::vector<double>& buckets) {
    std::lock_guard hold(state_->mutex);
    auto& family =
        family_of(state_->histograms, state_->registry, prometheus::BuildHistogram(), name, help);
    return Histogram(&family.Add(to_prometheus(labels), buckets));
}

void MetricsRegistry::before_exposition(std::function<void()> collect) {
    std::lock_guard hold(state_->mutex);
    state_->collectors.push_back(std::move(collect));
}

std::string MetricsRegistry::exposition() const {
    std::vector<std::function<void()>> collectors;
    {
        std::lock_guard hold(state_->mutex);
        collectors = state_->collectors;
    }
    for (const auto& collect : collectors) collect();
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace skald
