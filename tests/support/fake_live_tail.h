// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/live_tail.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace skald::support {

/// A source of live rows that a test feeds. Threading: thread-safe.
class FakeLiveTail final : public cluster::LiveTail {
public:
    struct Row {
        TimeNs time = 0;
        std::string line;
        std::vector<Labels::Pair> metadata;
    };

    std::unique_ptr<cluster::LiveSubscription> subscribe(Request request) override {
        auto queue = std::make_shared<Queue>();
        queue->wake = std::move(request.wake);
        queue->matchers = std::move(request.matchers);
        const std::lock_guard hold(mutex_);
        queues_.push_back(queue);
        ++subscribed_;
        return std::make_unique<Subscription>(std::move(queue));
    }

    /// Rows of one stream, to everybody who selects it.
    void feed(const std::vector<Labels::Pair>& labels, const std::vector<Row>& rows) {
        struct Texts {
            std::deque<std::string> all;
        };
        const auto texts = std::make_shared<Texts>();
        const auto keep = [&](const std::string& text) -> std::string_view {
            return texts->all.emplace_back(text);
        };
        auto batch = std::make_shared<cluster::StreamBatch>(
            cluster::StreamBatch{.tenant = TenantId::anonymous(),
                                 .streams = {},
                                 .entries = {},
                                 .pairs = {},
                                 .owners = {texts}});
        for (const Row& row : rows) {
            EntryView entry;
            entry.time = row.time;
            entry.line = keep(row.line);
            entry.metadata_begin = static_cast<std::uint32_t>(batch->pairs.size());
            entry.metadata_count = static_cast<std::uint32_t>(row.metadata.size());
            for (const auto& [name, value] : row.metadata) {
                const std::string_view kept = keep(name);
                batch->pairs.push_back({kept, keep(value)});
            }
            batch->entries.push_back(entry);
        }
        const auto stream = std::make_shared<const Stream>(Labels::from_pairs(labels));
        batch->streams.push_back({stream, 0, static_cast<std::uint32_t>(rows.size())});
        for (const std::shared_ptr<Queue>& queue : queues()) {
            if (!matches_all(queue->matchers, stream->labels)) continue;
            {
                const std::lock_guard hold(queue->mutex);
                queue->taken.rows.push_back({batch, {0}});
            }
            queue->wake();
        }
    }
    void drop(const std::vector<Labels::Pair>& labels, TimeNs time) {
        const auto stream = std::make_shared<const Stream>(Labels::from_pairs(labels));
        for (const std::shared_ptr<Queue>& queue : queues()) {
            const std::lock_guard hold(queue->mutex);
            queue->taken.dropped.push_back({time, stream});
        }
    }
    std::size_t subscribed() const {
        const std::lock_guard hold(mutex_);
        return subscribed_;
    }
    /// Subscriptions that have not ended.
    std::size_t open() const { return queues().size(); }

private:
    struct Queue {
        std::function<void()> wake;
        std::vector<Matcher> matchers;
        std::mutex mutex;
        cluster::LiveSubscription::Taken taken;
    };
    class Subscription final : public cluster::LiveSubscription {
    public:
        explicit Subscription(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
        Taken take() override {
            const std::lock_guard hold(queue_->mutex);
            return std::exchange(queue_->taken, {});
        }

    private:
        std::shared_ptr<Queue> queue_;
    };

    std::vector<std::shared_ptr<Queue>> queues() const {
        const std::lock_guard hold(mutex_);
        std::vector<std::shared_ptr<Queue>> open;
        for (const std::weak_ptr<Queue>& weak : queues_)
            if (auto queue = weak.lock()) open.push_back(std::move(queue));
        return open;
    }

    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<Queue>> queues_;
    std::size_t subscribed_ = 0;
};

}  // namespace skald::support
