// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace skald {

/// Label pairs of one time series of a metric, e.g. {{"tenant", "a"}}.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// A number that only grows. A cheap handle: copy it. Threading: thread-safe.
class Counter {
public:
    Counter() = default;
    explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
    void add(double amount = 1);
    double value() const;

private:
    prometheus::Counter* counter_ = nullptr;
};

/// A number that goes up and down. A cheap handle. Threading: thread-safe.
class Gauge {
public:
    Gauge() = default;
    explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
    void set(double value);
    void add(double amount);
    double value() const;

private:
    prometheus::Gauge* gauge_ = nullptr;
};

/// A distribution in buckets. A cheap handle. Threading: thread-safe.
class Histogram {
public:
    Histogram() = default;
    explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
    void observe(double value);
    /// Many values at once: how many there are in each bucket, that above the last one included,
    /// and what they come to.
    void observe_many(const std::vector<double>& counts, double sum);

private:
    prometheus::Histogram* histogram_ = nullptr;
};

/// Prometheus' default buckets for request seconds: .005 … 10.
const std::vector<double>& default_buckets();

/// All metrics of the process. Asking twice for one name and label set gives the same series; keep
/// the handle, the look-up takes a lock.
/// Requires: one name has one type, help text and set of label names.
/// Threading: thread-safe.
class MetricsRegistry {
public:
    MetricsRegistry();
    ~MetricsRegistry();

    Counter counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
    Gauge gauge(std::string_view name, std::string_view help, const MetricLabels& labels = {});
    Histogram histogram(std::string_view name, std::string_view help,
                        const MetricLabels& labels = {},
                        const std::vector<double>& buckets = default_buckets());

    /// `collect` runs before each exposition, to set gauges that are read off elsewhere. The
    /// function must stay valid as long as the registry.
    void before_exposition(std::function<void()> collect);
    /// Prometheus text format 0.0.4.
    std::string exposition() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace skald
