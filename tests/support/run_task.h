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

/// Runs a coroutine to its end on this thread, as on an I/O thread of its own.
template <class T>
T run_task(Task<T> task) {
    boost::asio::io_context context;
    const auto guard = boost::asio::make_work_guard(context);
    std::optional<T> result;
    TaskGroup group;
    group.spawn(context.get_executor(), run_task_detail::store(std::move(task), result));
    while (!result) context.run_one();
    while (group.running() > 0) context.run_one();
    return *std::move(result);
}

}  // namespace skald::support
