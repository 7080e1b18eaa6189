// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/flow_queue.h>
#include <skald/foundation/runtime/right_of_way.h>
#include <skald/foundation/runtime/suspend.h>
#include <skald/foundation/runtime/task.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace skald {

/// What a piece of work is for; lanes share the threads by weight, so that none starves.
enum class Lane : std::size_t {
    kIngest = 0,      ///< Decoding and validating pushes.
    kQuery = 1,       ///< Reading and filtering blocks.
    kBackground = 2,  ///< Sealing, compressing, flushing.
};
inline constexpr std::size_t kLaneCount = 3;

/// Whose turn a job takes: its lane, and in the lane the flow that it belongs to, which is the
/// tenant's where there is one (`TenantId::flow`). Flows of a lane share its time evenly.
struct Turn {
    // Implicit: most work is nobody's in particular.
    Turn(Lane of_lane, std::uint64_t of_flow = 0)  // NOLINT(google-explicit-constructor)
        : lane(of_lane), flow(of_flow) {}
    Lane lane;
    std::uint64_t flow;
};

/// The threads for work that burns CPU or blocks on a disk.
///
/// Invariant: work of one flow of a lane starts in the order it was posted; of flows that have work
/// the one goes first that has used the least time; among lanes that have work, each is served in
/// proportion to its weight (stride scheduling). If the pool has background threads,
/// the background lane is theirs, at a low priority, and the other threads serve it only while it
/// is urgent: sealing that fills all cores must not keep pushes waiting. As many workers as there
/// are threads run at a time; one that waits in a `Blocking` doesn't count, a spare runs instead.
/// Jobs of light flows (FlowQueue) are the express threads', which others make way for on the
/// processor; an idle worker helps. While all workers are busy, an express thread also takes a job
/// of a flow that has none running: somebody's small request does not wait for the end of others'
/// long ones.
/// Threading: thread-safe.
class WorkerPool {
public:
    struct Options {
        std::size_t threads = 2;
        std::size_t background_threads = 0;  ///< Beside `threads`; 0: those serve all lanes.
        std::size_t express_threads = 0;     ///< Beside `threads`.
        std::array<std::uint32_t, kLaneCount> weights = {4, 4, 2};
        std::string name = "worker";
    };
    using Job = std::function<void()>;

    explicit WorkerPool(Options options);
    /// As `stop`.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `job` on a worker some time later. Jobs must not throw.
    void post(Turn turn, Job job);
    /// True if jobs of other flows wait for a worker: long work makes way then.
    bool others_wait(Turn turn) const;
    /// For memory pressure: flushing rises above ingest. The background lane is urgent while its
    /// weight is above the one of Options.
    void set_weight(Lane lane, std::uint32_t weight);
    /// Jobs that wait in the lane.
    std::size_t queued(Lane lane) const;
    std::size_t threads() const noexcept { return workers_count_; }
    /// What makes long work stand still (`make_way`).
    RightOfWay& right_of_way() noexcept { return right_of_way_; }
    /// For long work on a thread of the pool's or another's, several times a millisecond: whoever
    /// waits for this processor goes first, and so does what is late. Done after each job anyway.
    void make_way();

    /// Runs what was posted, then joins the threads. Nothing may be posted afterwards.
    void stop();

private:
    /// A lane's place among the lanes.
    struct Share {
        std::uint64_t pass = 0;    ///< Virtual time of the lane's next job.
        std::uint64_t stride = 1;  ///< Added to `pass` for each job: large weight, small stride.
    };

    friend class Blocking;
    enum class Role { kWorker, kBackground, kExpress };

    /// The worker that runs on this thread goes to wait, and comes back.
    void begin_blocking();
    void end_blocking();
    void add_spare();
    bool may_run(Lane lane) const;
    std::condition_variable& wake_of(Role role);
    std::vector<std::thread>& threads_of(Role role);
    void start(Role role, const std::string& name, std::size_t count);
    void run(Role role);
    void run_job(Role role, Lane lane, std::unique_lock<std::mutex>& hold);
    std::optional<Lane> next_lane(Role role) const;
    std::optional<Lane> next_express_lane() const;
    bool is_for_express(Lane lane) const;
    FlowQueue& queue_of(Lane lane) { return lane == Lane::kBackground ? background_ : requests_; }
    const FlowQueue& queue_of(Lane lane) const {
        return lane == Lane::kBackground ? background_ : requests_;
    }
    std::size_t jobs(Lane lane) const { return queue_of(lane).jobs(place_of(lane)); }
    Share& share_of(Lane lane) { return shares_[static_cast<std::size_t>(lane)]; }
    const Share& share_of(Lane lane) const { return shares_[static_cast<std::size_t>(lane)]; }
    /// Of the lane in its queue.
    static std::size_t place_of(Lane lane) {
        return lane == Lane::kBackground ? 0 : static_cast<std::size_t>(lane);
    }

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable wake_background_;
    std::condition_variable wake_express_;
    /// What tenants ask for: both lanes charge the same accounts.
    FlowQueue requests_{2};
    FlowQueue background_{1};
    std::array<Share, kLaneCount> shares_;
    std::uint64_t virtual_time_ = 0;
    bool stopping_ = false;
    bool workers_serve_background_ = true;
    const std::uint64_t background_stride_;  ///< The one of Options.
    const std::size_t background_count_;
    const std::size_t express_count_;
    const std::size_t workers_count_;
    const std::string name_;
    RightOfWay right_of_way_;
    std::size_t running_ = 0;  ///< Workers that run a job and don't wait.
    std::size_t queries_ = 0;  ///< Workers that run or wait in a job of the query lane.
    std::size_t idle_ = 0;     ///< Workers that wait for a job.
    std::size_t idle_express_ = 0;
    std::vector<std::thread> threads_;
    std::vector<std::thread> background_threads_;
    std::vector<std::thread> express_threads_;
};

/// Runs `work()` on a worker and goes on, on the coroutine's own I/O thread, with what it returned.
/// Requires: `work` returns a value (use Result<void> for none) and does not throw.
template <class F>
auto run_on(WorkerPool& pool, Turn turn, F work) -> Task<std::invoke_result_t<F&>> {
    using T = std::invoke_result_t<F&>;
    // Shared only because std::function must be copyable; one thread at a time has it.
    auto shared = std::make_shared<F>(std::move(work));
    std::function<void(std::function<void(T)>)> start = [&pool, turn,
                                                         shared](std::function<void(T)> resume) {
        pool.post(turn, [shared, resume = std::move(resume)] { resume((*shared)()); });
    };
    co_return co_await suspend<T>(std::move(start));
}

}  // namespace skald
