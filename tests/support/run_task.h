// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/task_group.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <utility>

namespace skald::support {

namespace run_task_detail {
template <class T>
Task<> store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
}
}  // namespace run_task_detail

/// Runs a coroutine to its end on this thread, as on an I/O thread. For tasks that other threads
/// resume: `context` must outlive those threads, because they may still be in `post` when it ends.
template <class T>
T run_task(boost::asio::io_context& context, Task<T> task) {
    context.restart();
    const auto guard = boost::asio::make_work_guard(context);
    std::optional<T> result;
    TaskGroup group;
    group.spawn(context.get_executor(), run_task_detail::store(std::move(task), result));
    while (!result) context.run_one();
    while (group.running() > 0) context.run_one();
    return *std::move(result);
}

/// As above, on a context of its own.
template <class T>
T run_task(Task<T> task) {
    boost::asio::io_context context;
    return run_task(context, std::move(task));
}

}  // namespace skald::support
