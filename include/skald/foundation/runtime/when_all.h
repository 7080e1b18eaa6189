// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/suspend.h>
#include <skald/foundation/runtime/task.h>

#include <boost/asio/co_spawn.hpp>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace skald {

/// Runs the tasks at the same time, on the coroutine's own I/O thread, and goes on with their
/// results, in the order of the tasks, when all have ended. An exception that leaves a task is a
/// bug and aborts.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
    struct Gathered {
        std::vector<std::optional<T>> results;
        std::size_t running = 0;
    };
    // All on one thread, so nothing of it needs a lock.
    auto gathered = std::make_shared<Gathered>();
    gathered->results.resize(tasks.size());
    gathered->running = tasks.size();
    const Executor executor = co_await boost::asio::this_coro::executor;
    std::function<void(std::function<void(bool)>)> start =
        [&tasks, &executor, gathered](std::function<void(bool)> resume) {
            for (std::size_t i = 0; i < tasks.size(); ++i) {
                boost::asio::co_spawn(executor, std::move(tasks[i]),
                                      [gathered, i, resume](std::exception_ptr thrown, T result) {
                                          if (thrown) std::abort();
                                          gathered->results[i].emplace(std::move(result));
                                          if (--gathered->running == 0) resume(true);
                                      });
            }
        };
    if (!tasks.empty()) co_await suspend<bool>(std::move(start));
    std::vector<T> results;
    results.reserve(gathered->results.size());
    for (std::optional<T>& result : gathered->results) results.push_back(std::move(*result));
    co_return results;
}

}  // namespace skald
