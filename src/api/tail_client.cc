// SPDX-License-Identifier: Apache-2.0
#include "tail_client.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace skald::api {

namespace {

using Row = read::LiveQuery::Row;

/// A row may be visible to the query for history and yet be on its way through the feed for a
/// while.
constexpr auto kHistoryOverlap = std::chrono::seconds(3);
constexpr auto kAskEvery = std::chrono::seconds(1);

Hash128 key_of(const Row& row) {
    std::string text = std::to_string(row.row.time);
    for (const Labels* labels : {&row.stream, &row.row.metadata, &row.row.parsed})
        text += labels->to_string();
    return hash128(text + row.row.line);
}

}  // namespace

TailClient::TailClient(Options options, Clock& clock, std::function<void()> ended)
    : options_(options), clock_(clock), ended_(std::move(ended)), began_(clock.now()) {
    if (options_.memory != nullptr) dropped_share_ = BudgetShare(*options_.memory);
}

TailClient::~TailClient() {
    ended_();
}

void TailClient::set_history(std::vector<Row> rows) {
    const std::lock_guard hold(mutex_);
    for (const Row& row : rows) ++history_rows_[key_of(row)];
    history_until_ = clock_.now() + kHistoryOverlap;
    const std::span<const Row> all(rows);
    std::vector<std::span<const Row>> messages;
    for (std::size_t at = 0; at < rows.size(); at += messages.back().size()) {
        const std::span<const Row> rest = all.subspan(at);
        messages.push_back(rest.first(rows_of_message(rest, kTailMessageRows)));
    }
    bool has_room_left = true;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        TailFrame::Ptr frame;
        if (has_room_left)
            frame = TailFrame::make(*message, {.shape = options_.shape, .memory = options_.memory});
        has_room_left = frame != nullptr && has_room(*frame);
        if (has_room_left) {
            queued_bytes_ += frame->bytes();
            history_.push_front(std::move(frame));
        } else {
            note_dropped(*message);
        }
    }
}

bool TailClient::wants_rows() const {
    const std::lock_guard hold(mutex_);
    return clock_.now() <= history_until_;
}

bool TailClient::has_room(const TailFrame& frame) const {
    // Rows that wait because the client wants them late don't count against it.
    const auto times = 1 + static_cast<std::size_t>(options_.delay / kNanosPerSecond);
    if (queued_rows_ + frame.row_count() > options_.queued_rows_max * times) return false;
    std::uint64_t bytes_max = options_.queued_bytes_max * times;
    if (const MemoryBudget* const memory = options_.memory; memory != nullptr)
        bytes_max = std::min(bytes_max, (memory->limit() - memory->used()) / 2);
    return queued_bytes_ + frame.bytes() <= bytes_max;
}

void TailClient::push(const TailFrame::Ptr& frame, std::span<const Row> rows) {
    const std::lock_guard hold(mutex_);
    if (frame == nullptr || !has_room(*frame)) return note_dropped(rows);
    queued_rows_ += frame->row_count();
    queued_bytes_ += frame->bytes();
    frames_.push_back(frame);
}

void TailClient::push_dropped(std::span<const read::LiveQuery::Dropped> dropped) {
    const std::lock_guard hold(mutex_);
    for (const read::LiveQuery::Dropped& row : dropped) note_dropped(row.time, row.labels);
}

void TailClient::note_dropped(std::span<const Row> rows) {
    for (const Row& row : rows) note_dropped(row.row.time, row.stream);
}

void TailClient::note_dropped(TimeNs time, const Labels& labels) {
    if (dropped_.size() == kDroppedMax) return;
    const std::uint64_t bytes = sizeof(read::LiveQuery::Dropped) + labels.heap_bytes();
    const bool granted = dropped_bytes_ + bytes <= kDroppedBytesMax &&
                         dropped_share_.grow(bytes) == BudgetShare::Outcome::kGranted;
    // The first is told in any case, so that the client knows.
    if (!granted && !dropped_.empty()) return;
    if (granted) dropped_bytes_ += bytes;
    dropped_.push_back({time, labels});
}

void TailClient::fail(std::string reason) {
    const std::lock_guard hold(mutex_);
    failure_ = std::move(reason);
    if (sink_ != nullptr) sink_->wake();
}

void TailClient::guard(std::function<std::optional<std::string>()> revoked) {
    const std::lock_guard hold(mutex_);
    revoked_ = std::move(revoked);
}

/// Here, because `next` is asked at least as often as the client is pinged.
void TailClient::ask_guard(Clock::TimePoint now) {
    if (revoked_ == nullptr || !failure_.empty() || now < ask_at_) return;
    ask_at_ = now + kAskEvery;
    std::optional<std::string> why = revoked_();
    if (!why) return;
    failure_ = *std::move(why);
    failure_code_ = CloseCode::kPolicyViolation;
}

void TailClient::start(std::shared_ptr<MessageSink> sink) {
    const std::lock_guard hold(mutex_);
    sink_ = std::move(sink);
}

std::shared_ptr<MessageSink> TailClient::sink() const {
    const std::lock_guard hold(mutex_);
    return sink_;
}

MessageSource::Next TailClient::next() {
    const std::lock_guard hold(mutex_);
    Next next;
    const auto now = clock_.now();
    const auto closed = [&](std::string reason, CloseCode code = CloseCode::kInternalError) {
        next.kind = Kind::kClose;
        next.code = code;
        next.reason = std::move(reason);
        return next;
    };
    ask_guard(now);
    if (!failure_.empty()) return closed(failure_, failure_code_);
    if (options_.duration_max > 0) {
        next.wait_until = began_ + std::chrono::nanoseconds(options_.duration_max);
        if (next.wait_until <= now)
            return closed("reached tail max duration limit (querier.tail_max_duration)");
    }
    next.frame = take_message();
    if (next.frame)
        next.kind = Kind::kText;
    else if (!frames_.empty())
        next.wait_until = std::min(
            next.wait_until, frames_.front()->made() + std::chrono::nanoseconds(options_.delay));
    return next;
}

/// Null if there is nothing to send yet.
TailClient::Message TailClient::take_message() {
    if (!history_.empty()) {
        TailFrame::Ptr frame = std::move(history_.front());
        history_.pop_front();
        queued_bytes_ -= frame->bytes();
        return TailFrame::message_of(std::move(frame));
    }
    if (!dropped_.empty()) return take_dropped();
    const auto now = clock_.now();
    while (!frames_.empty()) {
        TailFrame::Ptr frame = frames_.front();
        if (frame->made() + std::chrono::nanoseconds(options_.delay) > now) return nullptr;
        frames_.pop_front();
        queued_rows_ -= frame->row_count();
        queued_bytes_ -= frame->bytes();
        if (frame->made() > history_until_) history_rows_.clear();
        if (history_rows_.empty()) return TailFrame::message_of(std::move(frame));
        if (Message message = without_history(std::move(frame))) return message;
    }
    return dropped_.empty() ? nullptr : take_dropped();
}

TailClient::Message TailClient::take_dropped() {
    Message message = WebSocketFrame::of_text(tail_dropped_json(dropped_, options_.shape));
    dropped_ = {};
    dropped_share_.shrink(dropped_bytes_);
    dropped_bytes_ = 0;
    return message;
}

/// Null if nothing is left.
TailClient::Message TailClient::without_history(TailFrame::Ptr frame) {
    std::vector<Row> rows;
    for (const Row& row : frame->rows())
        if (!is_in_history(row)) rows.push_back(row);
    if (rows.size() == frame->rows().size()) return TailFrame::message_of(std::move(frame));
    if (rows.empty()) return nullptr;
    frame = TailFrame::make(rows, {.shape = options_.shape, .memory = options_.memory});
    if (frame == nullptr) {
        note_dropped(rows);
        return nullptr;
    }
    return TailFrame::message_of(std::move(frame));
}

bool TailClient::is_in_history(const Row& row) {
    const auto found = history_rows_.find(key_of(row));
    if (found == history_rows_.end()) return false;
    if (--found->second == 0) history_rows_.erase(found);
    return true;
}

}  // namespace skald::api
