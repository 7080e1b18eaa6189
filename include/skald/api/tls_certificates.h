// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/tls.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace skald::api {

/// The certificates of a server, read again when their files change. A change that can't be used
/// leaves the former certificates in place.
/// Threading: thread-safe.
class TlsCertificates {
public:
    using Context = boost::asio::ssl::context;

    /// Errors: kInvalidArgument (settings), what OpenSSL says about a file.
    static Result<std::unique_ptr<TlsCertificates>> load(TlsSettings settings, Clock& clock,
                                                         MetricsRegistry& metrics);
    /// For `load`.
    TlsCertificates(TlsSettings settings, Clock& clock, MetricsRegistry& metrics,
                    std::shared_ptr<Context> context);

    /// What the next handshake uses (shared: handshakes under way keep theirs). Looks at the files
    /// at most once a second.
    std::shared_ptr<Context> current();

private:
    using FileTimes = std::vector<std::filesystem::file_time_type>;
    struct State {
        std::shared_ptr<Context> context;
        FileTimes times;
        Clock::TimePoint looked_at;
    };

    FileTimes file_times() const;
    void reload(State& state);

    const TlsSettings settings_;
    Clock& clock_;
    Guarded<State> state_;
    Counter reloads_;
    Counter failures_;
};

}  // namespace skald::api
