// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace skald {

/// Where coroutines run: the event loop of one I/O thread.
using Executor = boost::asio::io_context::executor_type;

/// The only coroutine type of the server: lazy, bound to the I/O thread that spawned it. A
/// concrete executor, because the type-erased one costs an allocation a hop.
template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace skald
