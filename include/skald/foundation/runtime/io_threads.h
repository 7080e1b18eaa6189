// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace skald {

/// One event loop a thread; a connection stays on the loop it was given to.
/// Threading: thread-safe.
class IoThreads {
public:
    explicit IoThreads(std::size_t count);
    /// As `stop`.
    ~IoThreads();
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    /// The loops in turn.
    boost::asio::io_context& next();
    boost::asio::io_context& at(std::size_t index) { return *contexts_[index]; }
    std::size_t size() const noexcept { return contexts_.size(); }
    /// Ends the loops, whatever is pending, and joins the threads.
    void stop();

private:
    using Guard = boost::asio::executor_work_guard<Executor>;

    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<Guard> guards_;
    std::vector<std::thread> threads_;
    std::atomic<std::size_t> next_{0};
};

}  // namespace skald
