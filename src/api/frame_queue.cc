// SPDX-License-Identifier: Apache-2.0
#include "frame_queue.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>

namespace skald::api {

namespace {

namespace asio = boost::asio;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace

FrameQueue::FrameQueue(Transport& transport) : transport_(transport) {
    boost::system::error_code ignored;
    transport_.socket().native_non_blocking(true, ignored);
}

void FrameQueue::send(FramePtr frame) {
    if (closing_) return;
    add(std::move(frame));
    flush();
}

void FrameQueue::add(FramePtr frame) {
    closing_ |= frame->closes();
    queued_ += frame->size();
    frames_.push_back(std::move(frame));
}

Task<bool> FrameQueue::drain() {
    while (flush() && !drained()) {
        const auto [ec] = co_await transport_.socket().async_wait(Socket::wait_write, kToken);
        if (ec) co_return false;
    }
    co_return !failed_;
}

bool FrameQueue::flush() {
    while (!failed_ && !frames_.empty()) {
        const WebSocketFrame& frame = *frames_.front();
        const ssize_t count = frame.write_to(transport_.socket().native_handle(), first_written_);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (count <= 0) {
            failed_ = true;
            frames_.clear();
            break;
        }
        written_ += static_cast<std::size_t>(count);
        first_written_ += static_cast<std::size_t>(count);
        if (first_written_ < frame.size()) continue;
        frames_.erase(frames_.begin());
        first_written_ = 0;
    }
    return !failed_;
}

}  // namespace skald::api
