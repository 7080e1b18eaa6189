// SPDX-License-Identifier: Apache-2.0
#include "tail_feed.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::api {

namespace {

using SinkPtr = std::shared_ptr<MessageSink>;

/// The sinks of one loop, pumped there; some at a time, because pushes want their turns as well.
struct Pumping {
    static constexpr std::size_t kAtOnce = 32;

    explicit Pumping(Executor of_loop) : executor(of_loop) {}
    void operator()() {
        const std::size_t end = std::min(done + kAtOnce, sinks.size());
        for (; done < end; ++done) sinks[done]->pump();
        if (done < sinks.size()) boost::asio::post(executor, std::move(*this));
    }

    Executor executor;
    std::vector<SinkPtr> sinks;
    std::size_t done = 0;
};

void pump(const std::vector<std::shared_ptr<TailClient>>& clients) {
    std::vector<Pumping> loops;
    for (const std::shared_ptr<TailClient>& client : clients) {
        SinkPtr sink = client->sink();
        if (sink == nullptr) continue;  // It is about to start, and asks then.
        const Executor executor = sink->executor();
        auto loop = std::find_if(loops.begin(), loops.end(), [&](const Pumping& pumping) {
            return pumping.executor == executor;
        });
        if (loop == loops.end()) loop = loops.emplace(loops.end(), executor);
        loop->sinks.push_back(std::move(sink));
    }
    for (Pumping& loop : loops) {
        const Executor executor = loop.executor;
        boost::asio::post(executor, std::move(loop));
    }
}

}  // namespace

Result<void> TailFeed::start(cluster::LiveTail& live, const TenantId& tenant,
                             const read::Expr& expr) {
    SKALD_TRY(query_,
              read::LiveQuery::start(live, tenant, expr, [wake = wake_] { wake.notify(); }));
    return {};
}

void TailFeed::add(const std::shared_ptr<TailClient>& client) {
    const std::lock_guard hold(mutex_);
    clients_.push_back(client);
}

/// Those that are there; the others are forgotten.
std::vector<std::shared_ptr<TailClient>> TailFeed::clients() {
    const std::lock_guard hold(mutex_);
    std::vector<std::shared_ptr<TailClient>> present;
    present.reserve(clients_.size());
    std::erase_if(clients_, [&](const std::weak_ptr<TailClient>& weak) {
        std::shared_ptr<TailClient> client = weak.lock();
        if (client == nullptr) return true;
        present.push_back(std::move(client));
        return false;
    });
    return present;
}

bool TailFeed::round() {
    read::LiveQuery::Taken taken = query_->take();
    if (taken.rows.empty() && taken.dropped.empty()) return false;
    const std::vector<std::shared_ptr<TailClient>> present = clients();
    const std::size_t most = tail_message_rows(present.size());
    for (std::size_t at = 0; at < taken.rows.size(); at += most) {
        const auto begin = taken.rows.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(most, taken.rows.size() - at);
        auto frame = std::make_shared<TailFrame>();
        frame->rows.assign(std::make_move_iterator(begin),
                           std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count)));
        frame->message = WebSocketFrame::of_text(tail_json(frame->rows, shape_), present.size());
        frame->made = clock_.now();
        const std::shared_ptr<const TailFrame> shared = std::move(frame);
        for (const std::shared_ptr<TailClient>& client : present) client->push(shared);
    }
    if (!taken.dropped.empty())
        for (const auto& client : present) client->push_dropped(taken.dropped);
    pump(present);
    return true;
}

}  // namespace skald::api
