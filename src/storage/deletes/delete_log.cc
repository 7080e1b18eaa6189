// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/fnv.h>
#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/retention.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/deletes/delete_log.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace skald::storage {

namespace {

constexpr DurationNs kProcessedKept = 30 * kNanosPerDay;

/// FNV-1 of 32 bits as hex, from which Loki makes ids, too.
std::string fnv_hex(std::string_view tenant, TimeNs now, std::string_view query) {
    std::array<char, 8> time{};
    for (std::size_t i = 0; i < time.size(); ++i)
        time[i] = static_cast<char>(static_cast<std::uint64_t>(now) >> (8 * i));
    const std::uint32_t hash = fnv1_32(query, fnv1_32({time.data(), time.size()}, fnv1_32(tenant)));
    std::array<char, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(hash >> (24 - 8 * i));
    return encode_hex({bytes.data(), bytes.size()});
}

bool is_received(const DeleteRequest& request) {
    return request.state == DeleteRequest::State::kReceived;
}

Error refused(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<std::unique_ptr<DeleteLog>> DeleteLog::open(Options options, Parts parts) {
    auto log = std::make_unique<DeleteLog>(options, std::move(parts));
    SKALD_CHECK(log->refresh());
    return log;
}

DeleteLog::DeleteLog(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      pending_count_(parts_.metrics.gauge("loki_compactor_pending_delete_requests_count",
                                          "Delete requests whose lines may still be stored.")),
      oldest_age_(parts_.metrics.gauge("loki_compactor_oldest_pending_delete_request_age_seconds",
                                       "Age of the oldest of them beyond the time to cancel it.")),
      unsaved_count_(parts_.metrics.gauge(
          "skald_unsaved_delete_requests",
          "Delete requests in force that a cancellation that failed may have removed from the "
          "disk.")),
      damaged_(parts_.metrics.counter("skald_damaged_delete_requests_total",
                                      "Stored delete requests that can't be read.")) {}

DeleteLog::~DeleteLog() = default;

Result<DeleteLog::Known> DeleteLog::compiled(DeleteRequest request) const {
    Known known;
    // A processed request hides nothing.
    if (is_received(request)) {
        SKALD_TRY(known.rows, parts_.compile(request.query));
    }
    known.request = std::move(request);
    return known;
}

std::optional<DeleteLog::Known> DeleteLog::find(const DeleteKey& key) const {
    return state_.with([&](const State& state) {
        const auto of = state.find(key.tenant);
        if (of == state.end()) return std::optional<Known>();
        const auto found = of->second.requests.find(key.id);
        return found == of->second.requests.end() ? std::optional<Known>()
                                                  : std::optional<Known>(found->second);
    });
}

/// Brings what queries see up to date with the requests.
void DeleteLog::changed(Tenant& tenant) const {
    auto pending = std::make_shared<PendingDeletes>();
    for (const auto& [id, known] : tenant.requests) {
        if (!is_received(known.request)) continue;
        pending->push_back({id, known.request.start, known.request.end, known.rows});
    }
    tenant.pending = std::move(pending);
    const auto now = static_cast<std::uint64_t>(parts_.clock.wall_now() / kNanosPerSecond);
    tenant.generation = std::max(tenant.generation + 1, now);
}

/// Before a change is answered: whoever keeps results must not show what was hidden.
void DeleteLog::tell(const DeleteRequest& request) const {
    if (parts_.rows_changed) parts_.rows_changed(request.tenant, request.start, request.end);
}

/// Requires: writing_ is held.
void DeleteLog::expose() {
    const TimeNs now = parts_.clock.wall_now();
    std::size_t count = 0;
    DurationNs oldest = 0;
    state_.with([&](const State& state) {
        for (const auto& [id, tenant] : state) {
            count += tenant.pending->size();
            for (const auto& [name, known] : tenant.requests) {
                if (is_received(known.request) && known.damage.empty())
                    oldest = std::max(oldest, now - known.request.created - options_.cancel_period);
            }
        }
    });
    pending_count_.set(static_cast<double>(count));
    unsaved_count_.set(static_cast<double>(unsaved_.size()));
    oldest_age_.set(static_cast<double>(oldest) / static_cast<double>(kNanosPerSecond));
}

Result<void> DeleteLog::store(const DeleteRequest& request) {
    SKALD_TRY(const std::unique_ptr<ObjectWriter> object,
              parts_.objects.create(request.object_key()));
    SKALD_CHECK(object->append(encode_delete_request(request)));
    return object->commit();
}

std::string DeleteLog::new_id(const TenantId& tenant, std::string_view query, TimeNs now) const {
    return state_.with([&](const State& state) {
        const auto known = state.find(tenant);
        for (;; ++now) {
            std::string id = fnv_hex(tenant.text(), now, query);
            if (known == state.end() || !known->second.requests.contains(id)) return id;
        }
    });
}

Result<std::string> DeleteLog::add(const TenantId& tenant, std::string query, TimeNs start,
                                   TimeNs end) {
    if (query.size() > options_.query_bytes_max)
        return refused("the query of a delete request is longer than " +
                       std::to_string(options_.query_bytes_max) + " bytes");
    const std::lock_guard hold(writing_);
    const TimeNs now = parts_.clock.wall_now();
    const std::size_t waiting = pending(tenant)->size();
    if (waiting >= options_.pending_max)
        return Error{ErrorCode::kLimitExceeded, std::to_string(waiting) +
                                                    " delete requests wait to be processed; "
                                                    "try again when some are done"};
    DeleteRequest request;
    request.tenant = tenant;
    request.id = new_id(tenant, query, now);
    request.query = std::move(query);
    request.start = start;
    request.end = end;
    request.created = request.changed = now;
    SKALD_TRY(Known known, compiled(request));
    if (const Result<void> stored = store(request); !stored) {
        // It may be there, or not: better not, since nobody is told its id.
        static_cast<void>(parts_.objects.remove(request.object_key()));
        return stored.error();
    }
    state_.with([&](State& state) {
        Tenant& of = state[tenant];
        of.requests.emplace(request.id, std::move(known));
        changed(of);
    });
    tell(request);
    parts_.metrics
        .counter("loki_compactor_delete_requests_received_total", "Delete requests accepted.",
                 {{"user", tenant.text()}})
        .add();
    expose();
    return request.id;
}

Result<void> DeleteLog::cancel(const TenantId& tenant, const std::string& id, bool force) {
    const std::lock_guard hold(writing_);
    const std::optional<Known> known = find({tenant, id});
    if (!known) return Error{ErrorCode::kNotFound, "could not find delete request with given id"};
    if (!is_received(known->request))
        return refused(
            "deletion of request which is in process or already processed is not allowed");
    const bool is_past = parts_.clock.wall_now() > known->request.created + options_.cancel_period;
    if ((is_past || known->segments_done > 0) && !force)
        return refused(
            "Cancellation of partially completed delete request or delete request past the "
            "deadline of " +
            format_go_duration(options_.cancel_period) +
            " since its creation is not allowed. To force, use the ?force query parameter" +
            (is_past ? " (compactor.delete_request_cancel_period)" : ""));
    if (const Result<void> removed = parts_.objects.remove(known->request.object_key()); !removed) {
        // It may be gone, or not: better not, since it is still in force here.
        if (known->damage.empty()) {
            unsaved_.emplace(tenant, id);
            static_cast<void>(store_unsaved());
        }
        return removed.error();
    }
    unsaved_.erase({tenant, id});
    state_.with([&](State& state) {
        Tenant& of = state[tenant];
        of.requests.erase(id);
        changed(of);
    });
    tell(known->request);
    expose();
    return {};
}

/// What keeps a request waiting, if the compactor has not said anything else.
std::string DeleteLog::reason_of(const Known& known, TimeNs now) const {
    if (!is_received(known.request)) return {};
    if (!known.damage.empty()) return known.damage;
    const std::string mode = parts_.limits.of(known.request.tenant)->deletion_mode;
    if (mode == kDeletionDisabled) return "deletion_mode is disabled: nothing is hidden";
    if (mode == kDeletionFilterOnly)
        return "deletion_mode is filter-only: the lines are hidden and stay stored";
    const TimeNs until = known.request.created + options_.cancel_period;
    if (now <= until)
        return "it can be cancelled until " + format_rfc3339(until) +
               " (compactor.delete_request_cancel_period)";
    if (!known.waits_for.empty()) return known.waits_for;
    if (options_.is_compactor_elsewhere) return "the compactor, which runs in another process";
    return "the next run of the compactor (compactor.compaction_interval)";
}

std::vector<DeleteStatus> DeleteLog::list(const TenantId& tenant) const {
    const TimeNs now = parts_.clock.wall_now();
    std::vector<DeleteStatus> all;
    state_.with([&](const State& state) {
        const auto of = state.find(tenant);
        if (of == state.end()) return;
        for (const auto& [id, known] : of->second.requests)
            all.push_back(
                {known.request, known.segments_done, known.segments, reason_of(known, now)});
    });
    std::sort(all.begin(), all.end(), [](const DeleteStatus& a, const DeleteStatus& b) {
        return std::tie(a.request.created, a.request.id) <
               std::tie(b.request.created, b.request.id);
    });
    return all;
}

std::uint64_t DeleteLog::generation(const TenantId& tenant) const {
    return state_.with([&](const State& state) -> std::uint64_t {
        const auto of = state.find(tenant);
        return of == state.end() ? 0 : of->second.generation;
    });
}

std::shared_ptr<const PendingDeletes> DeleteLog::pending(const TenantId& tenant) const {
    static const auto kNone = std::make_shared<const PendingDeletes>();
    if (parts_.limits.of(tenant)->deletion_mode == kDeletionDisabled) return kNone;
    return state_.with([&](const State& state) {
        const auto of = state.find(tenant);
        return of == state.end() ? kNone : of->second.pending;
    });
}

std::vector<DueDelete> DeleteLog::due() const {
    const TimeNs now = parts_.clock.wall_now();
    std::vector<DueDelete> found;
    state_.with([&](const State& state) {
        for (const auto& [id, tenant] : state) {
            if (parts_.limits.of(id)->deletion_mode != kDeletionFull) continue;
            for (const PendingDelete& pending : *tenant.pending) {
                const Known& known = tenant.requests.at(pending.id);
                const bool is_past = now > known.request.created + options_.cancel_period;
                if (is_past && known.damage.empty()) found.push_back({id, pending});
            }
        }
    });
    return found;
}

void DeleteLog::note(const TenantId& tenant, const std::string& id, std::uint64_t segments_done,
                     std::uint64_t segments, std::string waits_for) {
    state_.with([&](State& state) {
        auto& requests = state[tenant].requests;
        const auto found = requests.find(id);
        if (found == requests.end()) return;
        found->second.segments_done = segments_done;
        found->second.segments = segments;
        found->second.waits_for = std::move(waits_for);
    });
}

Result<void> DeleteLog::mark_processed(const TenantId& tenant, const std::string& id) {
    const std::lock_guard hold(writing_);
    std::optional<DeleteRequest> request = state_.with([&](State& state) {
        auto& requests = state[tenant].requests;
        const auto found = requests.find(id);
        return found == requests.end() ? std::optional<DeleteRequest>()
                                       : std::optional<DeleteRequest>(found->second.request);
    });
    // It was cancelled meanwhile.
    if (!request || !is_received(*request)) return {};
    request->state = DeleteRequest::State::kProcessed;
    request->changed = parts_.clock.wall_now();
    SKALD_CHECK(store(*request));
    state_.with([&](State& state) {
        Tenant& of = state[tenant];
        Known& known = of.requests.at(id);
        known.request = *request;
        known.rows = nullptr;
        known.waits_for.clear();
        changed(of);
    });
    parts_.metrics
        .counter("loki_compactor_delete_requests_processed_total", "Delete requests carried out.",
                 {{"user", tenant.text()}})
        .add();
    expose();
    return {};
}

void DeleteLog::count_deleted_lines(const TenantId& tenant, std::uint64_t lines) {
    parts_.metrics
        .counter("loki_compactor_deleted_lines", "Lines that delete requests have removed.",
                 {{"user", tenant.text()}})
        .add(static_cast<double>(lines));
}

/// Tries each, even if one fails. Requires: writing_ is held.
Result<void> DeleteLog::store_unsaved() {
    if (unsaved_.empty()) return {};
    Result<void> first_failure;
    std::erase_if(unsaved_, [&](const auto& key) {
        const std::optional<Known> known = find({key.first, key.second});
        if (!known || !known->damage.empty()) return true;
        const Result<void> stored = store(known->request);
        if (!stored && first_failure) first_failure = stored;
        return stored.has_value();
    });
    expose();
    return first_failure;
}

Result<void> DeleteLog::tidy() {
    const std::lock_guard hold(writing_);
    Result<void> outcome = store_unsaved();
    const Result<void> forgotten = forget_old();
    return outcome ? forgotten : outcome;
}

/// Requires: writing_ is held.
Result<void> DeleteLog::forget_old() {
    const TimeNs before = parts_.clock.wall_now() - kProcessedKept;
    const std::vector<DeleteRequest> old = state_.with([&](const State& state) {
        std::vector<DeleteRequest> found;
        for (const auto& [id, tenant] : state) {
            for (const auto& [name, known] : tenant.requests) {
                if (!is_received(known.request) && known.request.changed < before)
                    found.push_back(known.request);
            }
        }
        return found;
    });
    for (const DeleteRequest& request : old) {
        SKALD_CHECK(parts_.objects.remove(request.object_key()));
        state_.lock()->at(request.tenant).requests.erase(request.id);
    }
    expose();
    return {};
}

}  // namespace skald::storage
