// SPDX-License-Identifier: Apache-2.0
#include "tail_feed.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <span>
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
TailFeed::Clients TailFeed::clients() {
    const std::lock_guard hold(mutex_);
    Clients present;
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
    const Clients present = clients();
    hand_out(std::move(taken.rows), present);
    if (!taken.dropped.empty())
        for (const auto& client : present) client->push_dropped(taken.dropped);
    pump(present);
    return true;
}

void TailFeed::hand_out(std::vector<read::LiveQuery::Row> rows, const Clients& clients) {
    TailFrame::Parts parts{.shape = shape_, .clients = clients.size(), .memory = memory_};
    parts.keeps_rows = std::any_of(clients.begin(), clients.end(),
                                   [](const auto& client) { return client->wants_rows(); });
    parts.made = clock_.now();
    BudgetShare share = memory_ == nullptr ? BudgetShare() : BudgetShare(*memory_);
    const bool fits = share.grow(bytes_of(rows)) == BudgetShare::Outcome::kGranted;
    const std::size_t most = tail_message_rows(clients.size());
    for (std::span<read::LiveQuery::Row> rest(rows); !rest.empty();) {
        const auto part = rest.first(rows_of_message(rest, most));
        rest = rest.subspan(part.size());
        const TailFrame::Ptr frame = fits ? TailFrame::make(part, parts) : nullptr;
        for (const std::shared_ptr<TailClient>& client : clients) client->push(frame, part);
        if (fits) share.shrink(bytes_of(part));
        for (read::LiveQuery::Row& row : part) row = {};
    }
}

}  // namespace skald::api
