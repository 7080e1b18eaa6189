// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::cluster {

/// Life cycle of a ring member, numbered as in Loki's InstanceDesc.
enum class InstanceState { kActive = 0, kLeaving = 1, kPending = 2, kJoining = 3, kLeft = 4 };

std::string_view to_string(InstanceState state) noexcept;  ///< "ACTIVE", …

/// One member of the ring.
struct RingInstance {
    std::string id;
    std::string address;  ///< host:port of its gRPC listener.
    std::string zone;
    InstanceState state = InstanceState::kPending;
    TimeNs heartbeat = 0;
    TimeNs registered = 0;
    bool read_only = false;
    std::vector<std::uint32_t> tokens;  ///< Sorted.
};

/// The ring token of a stream: 32-bit FNV-1 of the tenant and the canonical label text, as Loki's.
std::uint32_t ring_token(const TenantId& tenant, std::string_view canonical_labels) noexcept;

/// Who owns which streams. Consistent hashing: a token's owner is the instance with the first token
/// after it, clockwise.
/// Threading: thread-safe.
class Ring {
public:
    struct Options {
        std::uint32_t replication_factor = 1;
        DurationNs heartbeat_timeout = 60 * 1'000'000'000LL;
    };

    explicit Ring(Options options) : options_(options) {}

    /// Adds the instance or replaces the one with its id.
    void put(RingInstance instance);
    void heartbeat(std::string_view id, TimeNs now);
    void set_state(std::string_view id, InstanceState state);
    /// Removes it. False if it is not there.
    bool forget(std::string_view id);
    std::vector<RingInstance> instances() const;  ///< By id.

    /// Ids of the `replication_factor` distinct instances that a write of `token` goes to: ACTIVE
    /// and with a heartbeat younger than the timeout. Instances that are not ACTIVE are passed over
    /// for the next ones; an ACTIVE one without heartbeat keeps its place, and there are fewer
    /// owners. Errors: kUnavailable in Loki's words if those are no majority (`empty ring`, `at
    /// least 1 live replicas required, could only find 0 - unhealthy instances: …`).
    Result<std::vector<std::string>> owners(std::uint32_t token, TimeNs now) const;

    /// The owners of many tokens.
    struct Routes {
        /// Everything belongs to `instances[0]`, and `begins` and `members` are empty. (The ring of
        /// a single process, asked at every push.)
        bool one_owner = false;
        std::vector<std::string> instances;  ///< Ids that `members` refers to.
        /// The owners of token i are `instances[members[k]]` for k in `begins[i]`…`begins[i + 1]`.
        std::vector<std::uint32_t> begins;
        std::vector<std::uint32_t> members;
        /// How many owners of a token must accept a write of it.
        std::uint32_t quorum = 1;
    };
    /// As `owners`, for all tokens at one moment, with one look at the ring.
    Result<Routes> route(std::span<const std::uint32_t> tokens, TimeNs now) const;

private:
    /// Indexes of the owners of a token, and of the instances that should be but can't.
    struct Replicas {
        std::vector<std::uint32_t> healthy;
        std::vector<std::uint32_t> unhealthy;
    };

    std::vector<RingInstance>::iterator find(std::string_view id);
    bool is_healthy(const RingInstance& instance, TimeNs now) const;
    Result<void> find_replicas(std::uint32_t token, TimeNs now, Replicas& replicas) const;
    Error too_few(const Replicas& replicas) const;
    std::uint32_t quorum() const { return options_.replication_factor / 2 + 1; }
    void rebuild_circle();

    Options options_;
    mutable std::mutex mutex_;
    std::vector<RingInstance> instances_;                          ///< By id.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> circle_;  ///< (token, index), sorted.
};

/// `count` tokens drawn from a generator seeded with `id`, sorted and distinct.
std::vector<std::uint32_t> make_tokens(std::string_view id, std::uint32_t count);

}  // namespace skald::cluster
