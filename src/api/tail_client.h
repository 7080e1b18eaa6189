// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "message_source.h"
#include "tail_json.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/read/querier/live_query.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace skald::api {

/// Rows that all tails of one query get as one message. Threading: immutable; shared by the tails.
struct TailFrame {
    std::shared_ptr<const WebSocketFrame> message;
    std::vector<read::LiveQuery::Row> rows;
    Clock::TimePoint made;
};

/// One tail: its history first, then what its query's feed brings.
///
/// A client that does not read makes its queue full; further rows are dropped and it is told which.
/// Threading: thread-safe.
class TailClient final : public MessageSource {
public:
    struct Options {
        TailShape shape = TailShape::kPlain;
        DurationNs delay = 0;         ///< Live rows wait so long.
        DurationNs duration_max = 0;  ///< Then the tail ends; 0: never.
        std::size_t queued_rows_max = 5000;
    };
    static constexpr std::size_t kDroppedMax = 1000;

    /// `ended` is called when the client goes. `clock` must outlive it.
    TailClient(Options options, Clock& clock, std::function<void()> ended);
    ~TailClient() override;

    /// The rows before the live ones, ascending. Live rows that are among them are left out.
    void set_history(std::vector<read::LiveQuery::Row> rows);
    /// Whoever calls these two wakes or pumps the sink afterwards.
    void push(const std::shared_ptr<const TailFrame>& frame);
    void push_dropped(const std::vector<read::LiveQuery::Dropped>& dropped);
    /// Null before `start`.
    std::shared_ptr<MessageSink> sink() const;
    /// Ends the tail with an error.
    void fail(std::string reason);

    void start(std::shared_ptr<MessageSink> sink) override;
    Next next() override;

private:
    using Message = std::shared_ptr<const WebSocketFrame>;

    Message take_message();
    Message without_history(const TailFrame& frame);
    bool is_in_history(const read::LiveQuery::Row& row);
    Message take_dropped();

    const Options options_;
    Clock& clock_;
    const std::function<void()> ended_;
    const Clock::TimePoint began_;

    mutable std::mutex mutex_;
    std::shared_ptr<MessageSink> sink_;
    std::deque<Message> history_;
    std::unordered_map<Hash128, std::size_t> history_rows_;  ///< How often each was shown.
    Clock::TimePoint history_until_;  ///< Frames made later have no rows of the history.
    std::deque<std::shared_ptr<const TailFrame>> frames_;
    std::size_t queued_rows_ = 0;
    std::vector<read::LiveQuery::Dropped> dropped_;
    std::string failure_;
};

}  // namespace skald::api
