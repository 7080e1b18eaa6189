// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/thread_priority.h>

#include <pthread.h>

#include <algorithm>
#include <string>

namespace skald {

IoThreads::IoThreads(std::size_t count) {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, count); ++i) {
        contexts_.push_back(std::make_unique<boost::asio::io_context>());
        guards_.emplace_back(contexts_.back()->get_executor());
    }
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        threads_.emplace_back([context = contexts_[i].get()] {
            FirstWhileModest turns;
            while (context->run_one() > 0) turns.look();
        });
        pthread_setname_np(threads_.back().native_handle(), ("io-" + std::to_string(i)).c_str());
    }
}

IoThreads::~IoThreads() {
    stop();
}

boost::asio::io_context& IoThreads::next() {
    return *contexts_[next_.fetch_add(1, std::memory_order_relaxed) % contexts_.size()];
}

void IoThreads::stop() {
    for (const auto& context : contexts_) context->stop();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

}  // namespace skald
