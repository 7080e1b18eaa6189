// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/task_group.h>

#include <boost/asio/co_spawn.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

namespace skald {

TaskGroup::~TaskGroup() {
    close();
}

bool TaskGroup::spawn(const Executor& executor, Task<> task) {
    {
        std::lock_guard hold(mutex_);
        if (closing_) return false;
        ++running_;
    }
    boost::asio::co_spawn(executor, std::move(task), [this](const std::exception_ptr& thrown) {
        if (thrown) {
            try {
                std::rethrow_exception(thrown);
            } catch (const std::exception& exception) {
                std::cerr << "skald: exception left a task: " << exception.what() << std::endl;
            } catch (...) {
                std::cerr << "skald: exception left a task" << std::endl;
            }
            std::abort();
        }
        finished();
    });
    return true;
}

bool TaskGroup::closing() const {
    std::lock_guard hold(mutex_);
    return closing_;
}

void TaskGroup::close() {
    std::unique_lock hold(mutex_);
    closing_ = true;
    idle_.wait(hold, [this] { return running_ == 0; });
}

std::size_t TaskGroup::running() const {
    std::lock_guard hold(mutex_);
    return running_;
}

void TaskGroup::finished() {
    std::lock_guard hold(mutex_);
    --running_;
    // Under the lock, so that the group can't be destroyed between the two.
    if (running_ == 0) idle_.notify_all();
}

}  // namespace skald
