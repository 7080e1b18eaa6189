// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald {

/// Jobs of one lane or of several, by the flow (as a rule the tenant) that they belong to. Of the
/// flows of a lane the one goes first that has used the least time, in all lanes together; jobs of
/// one flow and lane go in their order.
///
/// A flow that was idle for a while may have used less than those that were served meanwhile, but
/// by `kCredit` at most: who asks for little goes first, and nobody saves up to shut others out.
/// Threading: single-owner.
class FlowQueue {
public:
    using Job = std::function<void()>;
    using Time = std::chrono::nanoseconds;  ///< Of a clock that never goes back.
    struct Taken {
        std::uint64_t flow = 0;
        Time started{0};
        Job job;
    };

    static constexpr Time kCredit = std::chrono::milliseconds(20);
    /// A flow that is so much behind those that were served is light.
    static constexpr Time kLight = std::chrono::milliseconds(5);
    /// The least that a job costs its flow.
    static constexpr Time kJobCost = std::chrono::microseconds(20);

    /// Of the clock that goes on through everything.
    static Time now() { return std::chrono::steady_clock::now().time_since_epoch(); }

    explicit FlowQueue(std::size_t lanes) : lanes_(lanes) {}

    void push(std::size_t lane, std::uint64_t flow, Job job);
    /// The next job of the lane. Requires: there is one.
    Taken pop(std::size_t lane, Time now);
    /// A job that was taken has ended.
    void finished(const Taken& taken, Time now);

    std::size_t jobs(std::size_t lane) const { return lanes_[lane].jobs; }
    std::size_t jobs_of(std::size_t lane, std::uint64_t flow) const;
    /// That are remembered.
    std::size_t flows() const { return flows_.size(); }
    /// Whether the flow that is next in the lane has used `kLight` less than the others.
    bool next_is_light(std::size_t lane) const;
    /// Whether no job of the flow that is next in the lane runs, and no flow that runs has used
    /// less: nobody who has a better claim is kept from his thread if it begins beside them.
    bool next_may_join(std::size_t lane, Time now) const;

private:
    struct Flow {
        explicit Flow(std::size_t lanes) : jobs(lanes) {}
        /// Nothing of it runs or waits.
        bool is_idle() const;
        std::vector<std::deque<Job>> jobs;  ///< By lane.
        Time used{0};
        std::size_t running = 0;
    };
    struct Lane {
        std::set<std::pair<Time, std::uint64_t>> ready;  ///< Flows that have jobs.
        std::size_t jobs = 0;
    };

    void use(std::uint64_t number, Flow& flow, Time time);
    Time used_by(std::uint64_t number, Time now) const;
    void forget_idle();

    std::vector<Lane> lanes_;
    std::unordered_map<std::uint64_t, Flow> flows_;
    std::vector<std::pair<std::uint64_t, Time>> running_;  ///< Flow, and when its job began.
    Time served_{0};  ///< The most that a flow had used when it was served.
};

}  // namespace skald
