// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/store/delete_filter.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// A request with what is known of its way.
struct DeleteStatus {
    DeleteRequest request;
    /// Segments that carry it and all that hold its rows, when its removal was last looked at; 0 of
    /// 0 before.
    std::uint64_t segments_done = 0;
    std::uint64_t segments = 0;
    /// Why its rows are still stored, in words; empty once it is processed.
    std::string waits_for;
};

/// A request whose rows are to be removed now.
struct DueDelete {
    TenantId tenant;
    PendingDelete pending;
};

/// All delete requests: durable in the object store before they are answered, hidden from queries
/// from that moment on, handed to the compactor when they can't be cancelled any more.
///
/// Write path: api -> [DeleteLog] -> object store. Read path: a RowView asks it.
/// Threading: thread-safe. Calls that change something block: worker threads only.
class DeleteLog final : public DeleteSource {
public:
    /// Compiles a request's query. Errors: kInvalidArgument, why it is none.
    using Compile =
        std::function<Result<std::shared_ptr<const RowSelector>>(std::string_view query)>;

    struct Options {
        DurationNs cancel_period = 24 * kNanosPerHour;
        std::size_t pending_max = 1000;           ///< Of a tenant.
        std::size_t query_bytes_max = 16U << 10;  ///< Of one request.
        bool is_compactor_elsewhere = false;      ///< In another process than this.
    };
    /// All must outlive the log.
    struct Parts {
        ObjectStore& objects;
        const LimitsSource& limits;
        const Clock& clock;
        MetricsRegistry& metrics;
        Compile compile;
        /// Called when rows of [min, max] have been hidden or are shown again. May be null.
        std::function<void(const TenantId&, TimeNs min, TimeNs max)> rows_changed = {};
    };

    /// Reads all requests. One with a damaged copy is written anew. One that can't be read (kIo,
    /// kCorruption) is named in the log and counted, and fails queries of its tenant until it is
    /// cancelled, put back or, after kIo, read by a `refresh`. Errors: others of the object store,
    /// and all of its list.
    static Result<std::unique_ptr<DeleteLog>> open(Options options, Parts parts);
    /// As `open` makes it, before it has read anything.
    DeleteLog(Options options, Parts parts);
    ~DeleteLog() override;
    DeleteLog(const DeleteLog&) = delete;
    DeleteLog& operator=(const DeleteLog&) = delete;

    /// Accepts a request for the rows in [start, end]; it is durable and hidden when this returns.
    /// Returns its id. Errors: kInvalidArgument (the query, in words of Compile), kLimitExceeded
    /// (too many are pending), those of the object store.
    Result<std::string> add(const TenantId& tenant, std::string query, TimeNs start, TimeNs end);
    /// Takes a request back; its rows are seen again, as far as they have not been removed.
    /// Errors: kNotFound; kInvalidArgument with Loki's texts for what can't be cancelled; those of
    /// the object store.
    Result<void> cancel(const TenantId& tenant, const std::string& id, bool force);
    /// Of the tenant, by time of creation.
    std::vector<DeleteStatus> list(const TenantId& tenant) const;

    /// Grows with each change of what is hidden; 0 as long as the tenant never had a request.
    /// Cached answers of another generation are not to be used.
    std::uint64_t generation(const TenantId& tenant) const;

    /// None for a tenant whose `deletion_mode` is disabled.
    std::shared_ptr<const PendingDeletes> pending(const TenantId& tenant) const override;

    /// Requests past their cancel period, of tenants that want lines removed.
    std::vector<DueDelete> due() const;
    /// Says why a request is still not processed.
    void note(const TenantId& tenant, const std::string& id, std::uint64_t segments_done,
              std::uint64_t segments, std::string waits_for);
    /// No stored row is taken by the request any more. Errors: those of the object store; then it
    /// is as before.
    Result<void> mark_processed(const TenantId& tenant, const std::string& id);
    void count_deleted_lines(const TenantId& tenant, std::uint64_t lines);

    /// Reads again what other processes may have changed. Of a request that has become unreadable
    /// what was known stays. Errors: as of `open`; then all is as before.
    Result<void> refresh();
    /// True if the disk failed at a request of which nothing is known: it may be readable by now.
    bool wants_refresh() const;
    /// Stores again what a cancellation that failed may have removed, and forgets processed
    /// requests that are older than a month. Errors: those of the object store.
    Result<void> tidy();

private:
    struct Known {
        DeleteRequest request;
        std::shared_ptr<const RowSelector> rows;
        std::uint64_t segments_done = 0;
        std::uint64_t segments = 0;
        std::string waits_for;
        std::string damage;     ///< Why it can't be read; empty: it can.
        bool may_pass = false;  ///< The damage: the disk refused, the bytes may be right.
    };
    struct Tenant {
        std::map<std::string, Known> requests;
        std::shared_ptr<const PendingDeletes> pending = std::make_shared<PendingDeletes>();
        std::uint64_t generation = 0;
    };
    using State = std::map<TenantId, Tenant>;

    Result<std::string> read_a_copy(const std::string& key, std::size_t size) const;
    Result<std::optional<StoredDelete>> read(const std::string& key) const;
    Result<Known> compiled(DeleteRequest request) const;
    Result<std::optional<Known>> load(const std::string& key);
    void renew(const StoredDelete& stored);
    std::optional<Known> find(const DeleteKey& key) const;
    std::optional<Known> unreadable(const std::string& key, const Error& error);
    void replace(State found);
    Result<void> store(const DeleteRequest& request);
    Result<void> store_unsaved();
    Result<void> forget_old();
    std::string new_id(const TenantId& tenant, std::string_view query, TimeNs now) const;
    void changed(Tenant& tenant) const;
    void tell(const DeleteRequest& request) const;
    std::string reason_of(const Known& known, TimeNs now) const;
    void expose();

    const Options options_;
    const Parts parts_;
    std::mutex writing_;  ///< One change of stored requests at a time.
    /// In force, but perhaps not stored any more; under writing_.
    std::set<std::pair<TenantId, std::string>> unsaved_;
    Guarded<State> state_;
    Gauge pending_count_;
    Gauge oldest_age_;
    Gauge unsaved_count_;
    Counter damaged_;
};

}  // namespace skald::storage
