// SPDX-License-Identifier: Apache-2.0
//
// How DeleteLog reads what is stored, and what it makes of damage.
#include "unreadable_delete.h"

#include <skald/foundation/model/time.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/deletes/delete_log.h>

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

/// A request with the longest query, twice, is smaller.
constexpr std::uint64_t kObjectBytesMax = kMiB;

}  // namespace

/// The object's bytes. If the disk gives only one half of them, the other one is zeros: a request
/// is stored twice.
Result<std::string> DeleteLog::read_a_copy(const std::string& key, std::size_t size) const {
    const Result<Buffer> whole = parts_.objects.read(key, 0, size);
    if (whole) return std::string(whole->view());
    if (whole.error().code != ErrorCode::kIo) return whole.error();
    std::string bytes(size, '\0');
    bool is_read = false;
    const std::size_t half = size / 2;
    for (const auto& [begin, length] : {std::pair(half, size - half), std::pair(0UL, half)}) {
        const Result<Buffer> part = parts_.objects.read(key, begin, length);
        if (!part) continue;
        bytes.replace(begin, length, part->view());
        is_read = true;
    }
    // A single copy, of the first version, needs both.
    if (!is_read || !decode_delete_request(bytes)) return whole.error();
    return bytes;
}

Result<std::optional<StoredDelete>> DeleteLog::read(const std::string& key) const {
    const Result<std::uint64_t> size = parts_.objects.size(key);
    // Cancelled by another process since it was listed.
    if (!size && size.error().code == ErrorCode::kNotFound) return std::optional<StoredDelete>();
    if (!size) return size.error();
    if (*size > kObjectBytesMax)
        return Error{ErrorCode::kCorruption, "too large for a delete request"};
    const Result<std::string> bytes = read_a_copy(key, *size);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) return std::optional<StoredDelete>();
    if (!bytes) return bytes.error();
    SKALD_TRY(StoredDelete stored, decode_delete_request(*bytes));
    if (stored.request.object_key() != key)
        return Error{ErrorCode::kCorruption, "it holds the request of another name"};
    return std::optional<StoredDelete>(std::move(stored));
}

/// Written again as two good copies, so that one more flipped bit does no harm either.
void DeleteLog::renew(const StoredDelete& stored) {
    if (stored.is_whole && stored.version == kDeleteVersion) return;
    const std::string key = stored.request.object_key();
    if (!stored.is_whole)
        log_warn(
            "one of the two copies of a delete request is damaged or can't be read: the other one "
            "is taken",
            {{"object", key}});
    // One process writes, or they could bring back what another has removed.
    if (options_.is_compactor_elsewhere) return;
    if (const Result<void> written = store(stored.request); !written)
        log_warn("a delete request can't be written anew",
                 {{"object", key}, {"err", written.error().message}});
}

/// What stands for a request that can't be read: what is known of it, or one that lets nobody see
/// the tenant's lines. Nothing if the key does not say whose it is.
std::optional<DeleteLog::Known> DeleteLog::unreadable(const std::string& key, const Error& error) {
    const std::string& why = error.message;
    const std::string damage = "the stored request can't be read (" + why + ")";
    const std::optional<DeleteKey> name = parse_delete_key(key);
    std::optional<Known> before = name ? find(*name) : std::nullopt;
    if (before && before->damage == damage) return before;  // It was told.
    damaged_.add();
    const bool is_known = before && before->damage.empty();
    const bool may_pass = error.code == ErrorCode::kIo;
    const std::string way_out =
        (may_pass ? "it is tried again by itself; if that does not help, " : "") +
        ("restore " + key) +
        " from a backup and start again, or cancel the request with "
        "force=true and ask for the deletion again";
    log_error(is_known ? "a delete request can't be read: what is known of it stays"
              : name   ? "a delete request can't be read: queries of its tenant fail"
                       : "a delete request can't be read and its name is of no tenant: ignored",
              {{"object", key}, {"err", why}, {"do", way_out}});
    if (is_known || !name) return before;
    Known stand_in;
    stand_in.request.tenant = name->tenant;
    stand_in.request.id = name->id;
    stand_in.request.start = kTimeMin;
    stand_in.request.end = kTimeMax;
    stand_in.damage = damage;
    stand_in.may_pass = may_pass;
    stand_in.rows = std::make_shared<UnreadableDelete>(
        "delete request " + name->id + " can't be read (" + why +
        "), so it is not known which lines it hides: " + way_out);
    return stand_in;
}

/// Nothing if there is none any more. Errors: those of the object store.
Result<std::optional<DeleteLog::Known>> DeleteLog::load(const std::string& key) {
    Result<std::optional<StoredDelete>> stored = read(key);
    if (!stored) {
        // The bytes of this one; anything else concerns all objects.
        const ErrorCode code = stored.error().code;
        if (code != ErrorCode::kCorruption && code != ErrorCode::kIo)
            return Error{code, key + ": " + stored.error().message};
        return unreadable(key, stored.error());
    }
    if (!*stored) return std::optional<Known>();
    renew(**stored);
    Result<Known> found = compiled(std::move((*stored)->request));
    if (!found) return unreadable(key, found.error());
    return std::optional<Known>(*std::move(found));
}

Result<void> DeleteLog::refresh() {
    const std::lock_guard hold(writing_);
    // What is not on the disk would be forgotten.
    SKALD_CHECK(store_unsaved());
    const auto attempts = [&](const char* status) {
        parts_.metrics
            .counter("loki_compactor_load_pending_requests_attempts_total",
                     "Times that the stored delete requests were read.", {{"status", status}})
            .add();
    };
    const auto read_all = [&]() -> Result<State> {
        SKALD_TRY(const std::vector<ObjectStore::Listed> listed,
                  parts_.objects.list(std::string(kDeletesPrefix)));
        State found;
        for (const ObjectStore::Listed& object : listed) {
            SKALD_TRY(std::optional<Known> request, load(object.key));
            if (!request) continue;
            Tenant& tenant = found[request->request.tenant];
            tenant.requests.insert_or_assign(request->request.id, *std::move(request));
        }
        return found;
    };
    Result<State> found = read_all();
    attempts(found ? "success" : "failure");
    if (!found) return found.error();
    replace(*std::move(found));
    expose();
    return {};
}

bool DeleteLog::wants_refresh() const {
    return state_.with([](const State& state) {
        return std::ranges::any_of(state, [](const auto& tenant) {
            return std::ranges::any_of(tenant.second.requests,
                                       [](const auto& known) { return known.second.may_pass; });
        });
    });
}

/// Tenants without a change keep what queries have remembered of them.
void DeleteLog::replace(State found) {
    const auto same = [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.request.state == b.second.request.state &&
               a.second.damage == b.second.damage;
    };
    state_.with([&](State& state) {
        for (auto& [id, tenant] : state) {
            if (!found.contains(id)) found[id] = {};
        }
        for (auto& [id, tenant] : found) {
            const auto old = state.find(id);
            if (old != state.end() &&
                std::ranges::equal(old->second.requests, tenant.requests, same)) {
                tenant = std::move(old->second);
                continue;
            }
            if (old != state.end()) tenant.generation = old->second.generation;
            for (const auto& [name, known] : tenant.requests) {
                const auto seconds =
                    static_cast<std::uint64_t>(known.request.changed / kNanosPerSecond);
                tenant.generation = std::max(tenant.generation, seconds);
            }
            changed(tenant);
        }
        state = std::move(found);
    });
}

}  // namespace skald::storage
