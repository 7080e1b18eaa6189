// SPDX-License-Identifier: Apache-2.0
#include <skald/cluster/ring/ring.h>

#include <algorithm>

namespace skald::cluster {

namespace {

constexpr std::uint32_t kNoMember = ~std::uint32_t{0};

bool contains(const std::vector<std::uint32_t>& indexes, std::uint32_t index) {
    return std::find(indexes.begin(), indexes.end(), index) != indexes.end();
}

}  // namespace

void Ring::put(RingInstance instance) {
    std::lock_guard hold(mutex_);
    const auto place = std::lower_bound(
        instances_.begin(), instances_.end(), instance.id,
        [](const RingInstance& known, const std::string& id) { return known.id < id; });
    if (place != instances_.end() && place->id == instance.id)
        *place = std::move(instance);
    else
        instances_.insert(place, std::move(instance));
    rebuild_circle();
}

void Ring::heartbeat(std::string_view id, TimeNs now) {
    std::lock_guard hold(mutex_);
    if (const auto found = find(id); found != instances_.end()) found->heartbeat = now;
}

void Ring::set_state(std::string_view id, InstanceState state) {
    std::lock_guard hold(mutex_);
    if (const auto found = find(id); found != instances_.end()) found->state = state;
}

bool Ring::forget(std::string_view id) {
    std::lock_guard hold(mutex_);
    const auto found = find(id);
    if (found == instances_.end()) return false;
    instances_.erase(found);
    rebuild_circle();
    return true;
}

std::vector<RingInstance> Ring::instances() const {
    std::lock_guard hold(mutex_);
    return instances_;
}

Result<std::vector<std::string>> Ring::owners(std::uint32_t token, TimeNs now) const {
    std::lock_guard hold(mutex_);
    Replicas replicas;
    SKALD_CHECK(find_replicas(token, now, replicas));
    std::vector<std::string> ids;
    for (const std::uint32_t index : replicas.healthy) ids.push_back(instances_[index].id);
    return ids;
}

Result<Ring::Routes> Ring::route(std::span<const std::uint32_t> tokens, TimeNs now) const {
    std::lock_guard hold(mutex_);
    Routes routes;
    routes.quorum = quorum();
    Replicas replicas;
    if (instances_.size() == 1) {
        SKALD_CHECK(find_replicas(0, now, replicas));
        routes.one_owner = true;
        routes.instances.push_back(instances_.front().id);
        return routes;
    }
    std::vector<std::uint32_t> member_of(instances_.size(), kNoMember);
    routes.begins.reserve(tokens.size() + 1);
    for (const std::uint32_t token : tokens) {
        SKALD_CHECK(find_replicas(token, now, replicas));
        routes.begins.push_back(static_cast<std::uint32_t>(routes.members.size()));
        for (const std::uint32_t index : replicas.healthy) {
            if (member_of[index] == kNoMember) {
                member_of[index] = static_cast<std::uint32_t>(routes.instances.size());
                routes.instances.push_back(instances_[index].id);
            }
            routes.members.push_back(member_of[index]);
        }
    }
    routes.begins.push_back(static_cast<std::uint32_t>(routes.members.size()));
    return routes;
}

std::vector<RingInstance>::iterator Ring::find(std::string_view id) {
    return std::find_if(instances_.begin(), instances_.end(),
                        [id](const RingInstance& instance) { return instance.id == id; });
}

bool Ring::is_healthy(const RingInstance& instance, TimeNs now) const {
    return now - instance.heartbeat <= options_.heartbeat_timeout;
}

/// Walks clockwise from the first token above `token`. Caller locks.
Result<void> Ring::find_replicas(std::uint32_t token, TimeNs now, Replicas& replicas) const {
    replicas.healthy.clear();
    replicas.unhealthy.clear();
    if (circle_.empty()) return Error{ErrorCode::kUnavailable, "empty ring"};
    const auto first = std::upper_bound(circle_.begin(), circle_.end(),
                                        std::pair<std::uint32_t, std::uint32_t>(token, kNoMember));
    std::uint32_t places = options_.replication_factor;
    const auto start = static_cast<std::size_t>(first - circle_.begin());
    for (std::size_t step = 0; step < circle_.size() && places > 0; ++step) {
        const std::uint32_t index = circle_[(start + step) % circle_.size()].second;
        if (contains(replicas.healthy, index) || contains(replicas.unhealthy, index)) continue;
        const RingInstance& instance = instances_[index];
        const bool active = instance.state == InstanceState::kActive && !instance.read_only;
        // A place is kept for an instance that went silent, so that its streams don't wander off
        // and come back with every hiccup; one that says it takes no writes gives its place away.
        if (active) --places;
        (active && is_healthy(instance, now) ? replicas.healthy : replicas.unhealthy)
            .push_back(index);
    }
    if (replicas.healthy.size() < quorum()) return too_few(replicas);
    return {};
}

Error Ring::too_few(const Replicas& replicas) const {
    std::string message = "at least " + std::to_string(quorum()) +
                          " live replicas required, could only find " +
                          std::to_string(replicas.healthy.size());
    for (std::size_t i = 0; i < replicas.unhealthy.size(); ++i) {
        message += i == 0 ? " - unhealthy instances: " : ",";
        message += instances_[replicas.unhealthy[i]].address;
    }
    return {ErrorCode::kUnavailable, std::move(message)};
}

void Ring::rebuild_circle() {
    circle_.clear();
    for (std::uint32_t index = 0; index < instances_.size(); ++index)
        for (const std::uint32_t token : instances_[index].tokens)
            circle_.emplace_back(token, index);
    std::sort(circle_.begin(), circle_.end());
}

}  // namespace skald::cluster
