// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "message_source.h"
#include "tail_frame.h"
#include "tail_json.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/read/querier/live_query.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace skald::api {

/// One tail: its history first, then what its query's feed brings.
///
/// A client that does not read makes its queue full, by rows or by bytes; further rows are dropped
/// and it is told which.
/// Threading: thread-safe.
class TailClient final : public MessageSource {
public:
    struct Options {
        TailShape shape = TailShape::kPlain;
        DurationNs delay = 0;         ///< Live rows wait so long.
        DurationNs duration_max = 0;  ///< Then the tail ends; 0: never.
        std::size_t queued_rows_max = 5000;
        /// A queue holds at most so much, and half of what all tails together have left, so that
        /// many clients that don't read leave room to those that do.
        std::uint64_t queued_bytes_max = 16 * kMiB;
        MemoryBudget* memory = nullptr;  ///< Of all tails, and must outlive it; null: any.
    };
    static constexpr std::size_t kDroppedMax = 1000;
    static constexpr std::uint64_t kDroppedBytesMax = 256 * kKiB;

    /// `ended` is called when the client goes. `clock` must outlive it.
    TailClient(Options options, Clock& clock, std::function<void()> ended);
    ~TailClient() override;

    /// The rows before the live ones, ascending; the newest, if there is no room for all. Live rows
    /// that are among them are left out.
    void set_history(std::vector<read::LiveQuery::Row> rows);
    /// Rows that come now may have been in the history. Frames without rows are never compared.
    bool wants_rows() const;
    /// Whoever calls these two wakes or pumps the sink afterwards.
    /// `rows` are those of the frame. Null: there was no room for it.
    void push(const TailFrame::Ptr& frame, std::span<const read::LiveQuery::Row> rows);
    void push_dropped(std::span<const read::LiveQuery::Dropped> dropped);
    /// Null before `start`.
    std::shared_ptr<MessageSink> sink() const;
    /// `revoked` is asked before the first message and once a second from then on: why the client
    /// may not see this any more, if that is so. Before `start`.
    void guard(std::function<std::optional<std::string>()> revoked);
    /// Ends the tail with an error.
    void fail(std::string reason);

    void start(std::shared_ptr<MessageSink> sink) override;
    Next next() override;

private:
    using Message = std::shared_ptr<const WebSocketFrame>;

    void ask_guard(Clock::TimePoint now);
    Message take_message();
    Message without_history(TailFrame::Ptr frame);
    bool is_in_history(const read::LiveQuery::Row& row);
    Message take_dropped();
    bool has_room(const TailFrame& frame) const;
    void note_dropped(TimeNs time, const Labels& labels);
    void note_dropped(std::span<const read::LiveQuery::Row> rows);

    const Options options_;
    Clock& clock_;
    const std::function<void()> ended_;
    const Clock::TimePoint began_;

    mutable std::mutex mutex_;
    std::shared_ptr<MessageSink> sink_;
    std::deque<TailFrame::Ptr> history_;
    std::unordered_map<Hash128, std::size_t> history_rows_;  ///< How often each was shown.
    /// Frames made later have no rows of the history; unknown before it is set.
    Clock::TimePoint history_until_ = Clock::TimePoint::max();
    std::deque<TailFrame::Ptr> frames_;
    std::size_t queued_rows_ = 0;     ///< Of `frames_`.
    std::uint64_t queued_bytes_ = 0;  ///< Of `frames_` and `history_`.
    std::vector<read::LiveQuery::Dropped> dropped_;
    BudgetShare dropped_share_;
    std::uint64_t dropped_bytes_ = 0;
    std::string failure_;
    CloseCode failure_code_ = CloseCode::kInternalError;
    std::function<std::optional<std::string>()> revoked_;  ///< Null: it may see it for ever.
    Clock::TimePoint ask_at_ = Clock::TimePoint::min();
};

}  // namespace skald::api
