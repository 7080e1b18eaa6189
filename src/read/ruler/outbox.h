// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alertmanagers.h"
#include "delivery.h"
#include "write_request.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/ruler/alert.h>
#include <skald/read/ruler/receivers.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// All receivers, each with a queue of its own, so that none waits for another.
/// Threading: thread-safe.
class Outbox {
public:
    /// No receivers.
    Outbox() = default;
    /// Errors: kInvalidArgument, addresses that can't be used.
    static Result<std::unique_ptr<Outbox>> create(const AlertmanagerSettings& alerts,
                                                  const RemoteWrite& series,
                                                  const LimitsSource& limits, Clock& clock,
                                                  MetricsRegistry& metrics);

    void put_alerts(const std::string& tenant, const std::vector<Alert>& alerts,
                    const std::string& generator_url);
    void put_series(const std::string& tenant, const RecordedSeries& series);
    bool wants_series() const { return !series_.empty(); }

    void start(IoThreads& io);
    /// Gives up what is not delivered. Blocking.
    void stop();

private:
    struct SeriesReceiver {
        RemoteWriteClient client;
        std::unique_ptr<Delivery> queue;
    };

    void add_client(const RemoteWriteClient& client, const RemoteWrite& settings, Clock& clock,
                    MetricsRegistry& metrics);

    const LimitsSource* limits_ = nullptr;  ///< Null without receivers.
    std::unique_ptr<Alertmanagers> alerts_;
    std::vector<SeriesReceiver> series_;
    TaskGroup tasks_;
};

}  // namespace skald::read
