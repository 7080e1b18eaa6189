// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace skald::write {
class Distributor;
}

namespace skald::api {

class Access;

/// Pushes that come as single messages instead of HTTP requests: gRPC's. They are decoded as those
/// of HTTP are and go the same way.
///
/// Write path: grpc -> [PushIntake] -> distributor.
/// Threading: thread-safe.
class PushIntake {
    struct State;

public:
    struct Options {
        bool auth_enabled = true;                ///< False: the tenant is always "fake".
        std::uint64_t message_bytes_max = kMiB;  ///< Unpacked.
        /// What all messages together may take; shared with whoever else takes bodies.
        std::shared_ptr<MemoryBudget> memory = std::make_shared<MemoryBudget>(16 * kMiB);
        const Access* access = nullptr;      ///< Null: senders need not prove who they are.
        MetricsRegistry* metrics = nullptr;  ///< Null: nothing is counted.
    };
    enum class Form {
        kPush,      ///< logproto.PushRequest
        kOtlpLogs,  ///< opentelemetry's ExportLogsServiceRequest
    };

    /// What is passed by reference must outlive it.
    PushIntake(Options options, write::Distributor& distributor, const LimitsSource& limits,
               Clock& clock, WorkerPool& workers);
    ~PushIntake();

    /// The tenant of a request with that `X-Scope-OrgID` from a sender with that `Authorization`,
    /// who may write for it. Errors: kUnauthenticated, kForbidden (who it is may not),
    /// kInvalidArgument.
    Result<TenantId> tenant_of(std::string_view org_id,
                               std::optional<std::string_view> authorization) const;
    /// Returns once all valid entries are durable. `message` may be packed by gzip or zlib: no
    /// message of these types begins like that. `policy`: what `X-Loki-Ingestion-Policy` says, or
    /// "". Errors: kTooLarge (a message), kUnavailable (all together), those of the decoders and of
    /// Distributor::push.
    Task<Result<void>> push(Form form, TenantId tenant, std::string policy, Buffer message);

private:
    std::unique_ptr<State> state_;
};

}  // namespace skald::api
