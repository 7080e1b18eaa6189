// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/flow_queue.h>

#include <algorithm>

namespace skald {

namespace {

constexpr std::size_t kIdleFlowsMax = 1024;

}  // namespace

bool FlowQueue::Flow::is_idle() const {
    return running == 0 &&
           std::ranges::all_of(jobs, [](const auto& waiting) { return waiting.empty(); });
}

void FlowQueue::push(std::size_t lane, std::uint64_t number, Job job) {
    Flow& flow = flows_.try_emplace(number, lanes_.size()).first->second;
    if (flow.is_idle()) flow.used = std::max(flow.used, served_ - kCredit);
    if (flow.jobs[lane].empty()) lanes_[lane].ready.emplace(flow.used, number);
    flow.jobs[lane].push_back(std::move(job));
    ++lanes_[lane].jobs;
}

FlowQueue::Taken FlowQueue::pop(std::size_t lane, Time now) {
    Lane& from = lanes_[lane];
    const auto [used, number] = *from.ready.begin();
    Flow& flow = flows_.at(number);
    served_ = std::max(served_, used);
    Taken taken{number, now, std::move(flow.jobs[lane].front())};
    flow.jobs[lane].pop_front();
    --from.jobs;
    if (flow.jobs[lane].empty()) from.ready.erase(from.ready.begin());
    ++flow.running;
    running_.emplace_back(number, now);
    // What it will have used is known later; until then it must not look as if it were nothing.
    use(number, flow, kJobCost);
    return taken;
}

void FlowQueue::finished(const Taken& taken, Time now) {
    const auto found =
        std::find(running_.begin(), running_.end(), std::pair(taken.flow, taken.started));
    running_.erase(found);
    Flow& flow = flows_.at(taken.flow);
    --flow.running;
    use(taken.flow, flow, std::max(now - taken.started, kJobCost) - kJobCost);
    if (flows_.size() > kIdleFlowsMax) forget_idle();
}

std::size_t FlowQueue::jobs_of(std::size_t lane, std::uint64_t number) const {
    const auto found = flows_.find(number);
    return found == flows_.end() ? 0 : found->second.jobs[lane].size();
}

bool FlowQueue::next_is_light(std::size_t lane) const {
    const auto& ready = lanes_[lane].ready;
    return !ready.empty() && ready.begin()->first + kLight <= served_;
}

bool FlowQueue::next_may_join(std::size_t lane, Time now) const {
    const auto& ready = lanes_[lane].ready;
    if (ready.empty()) return false;
    const auto& next = *ready.begin();
    if (flows_.at(next.second).running > 0) return false;
    return std::ranges::all_of(
        running_, [&](const auto& each) { return used_by(each.first, now) >= next.first; });
}

/// With what its jobs have taken so far that run.
FlowQueue::Time FlowQueue::used_by(std::uint64_t number, Time now) const {
    Time used = flows_.at(number).used;
    for (const auto& [flow, since] : running_)
        if (flow == number) used += now - since;
    return used;
}

void FlowQueue::use(std::uint64_t number, Flow& flow, Time time) {
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        if (flow.jobs[lane].empty()) continue;
        lanes_[lane].ready.erase({flow.used, number});
        lanes_[lane].ready.emplace(flow.used + time, number);
    }
    flow.used += time;
}

/// Those that are not ahead of what they would be set to have nothing to be remembered for.
void FlowQueue::forget_idle() {
    std::erase_if(flows_, [this](const auto& each) {
        const Flow& flow = each.second;
        return flow.is_idle() && flow.used + kCredit <= served_;
    });
}

}  // namespace skald
