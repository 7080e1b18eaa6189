// SPDX-License-Identifier: Apache-2.0
#include "delivery.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::read {

namespace {

constexpr auto kNap = std::chrono::milliseconds(100);
constexpr std::size_t kTenantsAtOnce = 16;

bool may_pass_later(int status) {
    return status == 429 || status >= 500;
}

std::size_t things_in(const std::deque<Parcel>& parcels) {
    std::size_t count = 0;
    for (const Parcel& parcel : parcels) count += parcel.count;
    return count;
}

}  // namespace

void Delivery::put(Parcel parcel) {
    std::deque<Parcel> lost;
    {
        auto queue = queue_.lock();
        queue->bytes += parcel.body.size();
        queue->parcels.push_back(std::move(parcel));
        while (queue->parcels.size() > options_.parcels_max ||
               (queue->bytes > options_.bytes_max && queue->parcels.size() > 1)) {
            queue->bytes -= queue->parcels.front().body.size();
            lost.push_back(std::move(queue->parcels.front()));
            queue->parcels.pop_front();
        }
    }
    for (const Parcel& each : lost) outcomes_.dropped(each.tenant, each.count);
}

std::size_t Delivery::waiting() const {
    return queue_.with([](const Queue& queue) { return queue.parcels.size(); });
}

/// The next ones of the first tenant that has none under way; none if there is no such tenant.
std::deque<Parcel> Delivery::take() {
    auto queue = queue_.lock();
    std::deque<Parcel> taken;
    if (queue->under_way.size() >= kTenantsAtOnce) return taken;
    const auto first = std::ranges::find_if(queue->parcels, [&](const Parcel& parcel) {
        return !queue->under_way.contains(parcel.tenant);
    });
    if (first == queue->parcels.end()) return taken;
    const std::string tenant = first->tenant;
    std::deque<Parcel> left;
    for (Parcel& parcel : queue->parcels) {
        const bool wanted = parcel.tenant == tenant && taken.size() < options_.merged_max;
        if (wanted) queue->bytes -= parcel.body.size();
        (wanted ? taken : left).push_back(std::move(parcel));
    }
    queue->parcels = std::move(left);
    queue->under_way.insert(tenant);
    return taken;
}

Task<> Delivery::rest(const TaskGroup& group, DurationNs time) {
    const auto end = clock_.now() + std::chrono::nanoseconds(time);
    while (!group.closing() && clock_.now() < end)
        co_await clock_.sleep_until(std::min(end, clock_.now() + kNap));
}

Task<> Delivery::run(TaskGroup& group, Executor executor) {
    while (!group.closing()) {
        std::deque<Parcel> parcels = take();
        if (parcels.empty()) {
            co_await clock_.sleep_until(clock_.now() + kNap);
            continue;
        }
        group.spawn(executor, deliver(group, std::move(parcels)));
    }
}

bool Delivery::claim() {
    auto queue = queue_.lock();
    if (queue->claimed || queue->parcels.empty()) return false;
    queue->claimed = true;
    return true;
}

/// False if something has come meanwhile.
bool Delivery::give_up_claim() {
    auto queue = queue_.lock();
    if (!queue->parcels.empty()) return false;
    queue->claimed = false;
    return true;
}

Task<> Delivery::drain(const TaskGroup& group) {
    while (!group.closing()) {
        std::deque<Parcel> parcels = take();
        if (!parcels.empty())
            co_await deliver(group, std::move(parcels));
        else if (give_up_claim())
            break;
    }
}

Task<> Delivery::deliver(const TaskGroup& group, std::deque<Parcel> parcels) {
    co_await send_or_drop(group, parcels);
    queue_.with([&](Queue& queue) { queue.under_way.erase(parcels.front().tenant); });
}

Task<> Delivery::send_or_drop(const TaskGroup& group, const std::deque<Parcel>& parcels) {
    const std::string tenant = parcels.front().tenant;
    const std::size_t count = things_in(parcels);
    DurationNs pause = options_.pause_min;
    for (std::size_t attempt = 1;; ++attempt) {
        HttpPost post = pack_(tenant, parcels);
        const std::string where = post.target.text();
        const Result<HttpReply> reply = co_await send(std::move(post));
        if (reply && reply->status / 100 == 2) co_return outcomes_.sent(tenant, count);
        outcomes_.failed(tenant, count);
        const bool again = !reply || may_pass_later(reply->status);
        log_warn("a receiver of the ruler did not take what was sent",
                 {{"url", where},
                  {"tenant", tenant},
                  {"err", reply ? "status " + std::to_string(reply->status) + ": " + reply->body
                                : reply.error().message},
                  {"attempt", attempt}});
        if (!again || attempt >= options_.attempts_max || group.closing()) break;
        co_await rest(group, pause);
        pause = std::min(pause * 2, options_.pause_max);
    }
    outcomes_.dropped(tenant, count);
}

}  // namespace skald::read
