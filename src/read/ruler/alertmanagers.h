// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/ruler/alert.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// Who hears of alerts: the Alertmanagers of the ruler, or a tenant's own.
///
/// Invariants: what goes to a tenant's own receivers is that tenant's alone, in a queue that
/// nothing else is in, and nothing of the ruler's settings is used for it. What waits when a
/// tenant's settings change still goes where it was to go, with the settings of that time.
/// Threading: thread-safe.
class Alertmanagers {
public:
    /// Errors: kInvalidArgument, addresses that can't be used. All but `usual` must outlive it.
    static Result<std::unique_ptr<Alertmanagers>> create(const AlertmanagerSettings& usual,
                                                         const LimitsSource& limits, Clock& clock,
                                                         MetricsRegistry& metrics);

    /// Before the first `put`, and not while one runs. Both must outlive the alerts' way.
    void start(IoThreads& io, TaskGroup& group);
    void put(const std::string& tenant, const std::vector<Alert>& alerts,
             const std::string& generator_url);

private:
    /// One set of receivers.
    struct Receivers {
        AlertmanagerSettings settings;
        std::vector<std::shared_ptr<Delivery>> queues;  ///< By address.
    };

    Alertmanagers(const LimitsSource& limits, Clock& clock, MetricsRegistry& metrics)
        : limits_(limits), clock_(clock), metrics_(metrics) {}

    Result<Receivers> receivers_of(const AlertmanagerSettings& settings);
    Receivers own_of(const std::string& tenant, const AlertmanagerSettings& settings);
    void put_own(const std::string& tenant, const AlertmanagerSettings& settings,
                 const std::vector<std::string>& bodies);

    const LimitsSource& limits_;
    Clock& clock_;
    MetricsRegistry& metrics_;
    Receivers usual_;
    Guarded<std::map<std::string, Receivers>> tenants_;
    IoThreads* io_ = nullptr;  ///< Set by `start`.
    TaskGroup* group_ = nullptr;
};

}  // namespace skald::read
