// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace skald {

/// Suspends the coroutine, hands a `resume` function to `start`, and goes on — on the coroutine's
/// own I/O thread — with the value that `resume` is called with.
/// Requires: `resume` is called exactly once, from any thread, during or after `start`.
/// This is how callbacks of threads that are not ours (WAL, workers) become awaitable.
template <class T>
Task<T> suspend(std::function<void(std::function<void(T)>)> start) {
    const Executor executor = co_await boost::asio::this_coro::executor;
    // Shared: the callback may be copied by whoever keeps it; the value outlives the hop.
    auto value = std::make_shared<std::optional<T>>();
    auto initiate = [executor, value, &start](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([executor, value, shared](T result) {
            value->emplace(std::move(result));
            boost::asio::post(executor, [shared] { std::move (*shared)(); });
        });
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
        std::move(initiate), boost::asio::use_awaitable_t<Executor>{});
    co_return std::move(**value);
}

}  // namespace skald
