// SPDX-License-Identifier: Apache-2.0
#include "tail_client.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace skald::api {

namespace {

/// A row may be visible to the query for history and yet be on its way through the feed for a
/// while.
constexpr auto kHistoryOverlap = std::chrono::seconds(3);

Hash128 key_of(const read::LiveQuery::Row& row) {
    std::string text = std::to_string(row.row.time);
    for (const Labels* labels : {&row.stream, &row.row.metadata, &row.row.parsed})
        text += labels->to_string();
    return hash128(text + row.row.line);
}

}  // namespace

TailClient::TailClient(Options options, Clock& clock, std::function<void()> ended)
    : options_(options), clock_(clock), ended_(std::move(ended)), began_(clock.now()) {}

TailClient::~TailClient() {
    ended_();
}

void TailClient::set_history(std::vector<read::LiveQuery::Row> rows) {
    const std::lock_guard hold(mutex_);
    for (const read::LiveQuery::Row& row : rows) ++history_rows_[key_of(row)];
    history_until_ = clock_.now() + kHistoryOverlap;
    const std::span<const read::LiveQuery::Row> all(rows);
    for (std::size_t at = 0; at < rows.size(); at += kTailMessageRows) {
        const auto part = all.subspan(at, std::min(kTailMessageRows, rows.size() - at));
        history_.push_back(WebSocketFrame::of_text(tail_json(part, options_.shape)));
    }
}

void TailClient::push(const std::shared_ptr<const TailFrame>& frame) {
    const std::lock_guard hold(mutex_);
    // Rows that wait because the client wants them late don't count against it.
    const auto delay_seconds = static_cast<std::size_t>(options_.delay / kNanosPerSecond);
    const std::size_t rows_max = options_.queued_rows_max * (1 + delay_seconds);
    if (queued_rows_ + frame->rows.size() > rows_max) {
        for (const read::LiveQuery::Row& row : frame->rows) {
            if (dropped_.size() == kDroppedMax) break;
            dropped_.push_back({row.row.time, row.stream});
        }
    } else {
        queued_rows_ += frame->rows.size();
        frames_.push_back(frame);
    }
}

void TailClient::push_dropped(const std::vector<read::LiveQuery::Dropped>& dropped) {
    const std::lock_guard hold(mutex_);
    const std::size_t count = std::min(dropped.size(), kDroppedMax - dropped_.size());
    dropped_.insert(dropped_.end(), dropped.begin(),
                    dropped.begin() + static_cast<std::ptrdiff_t>(count));
}

void TailClient::fail(std::string reason) {
    const std::lock_guard hold(mutex_);
    failure_ = std::move(reason);
    if (sink_ != nullptr) sink_->wake();
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
    const auto closed = [&](std::string reason) {
        next.kind = Kind::kClose;
        next.code = CloseCode::kInternalError;
        next.reason = std::move(reason);
        return next;
    };
    if (!failure_.empty()) return closed(failure_);
    if (options_.duration_max > 0) {
        next.wait_until = began_ + std::chrono::nanoseconds(options_.duration_max);
        if (next.wait_until <= now) return closed("reached tail max duration limit");
    }
    next.frame = take_message();
    if (next.frame)
        next.kind = Kind::kText;
    else if (!frames_.empty())
        next.wait_until = std::min(
            next.wait_until, frames_.front()->made + std::chrono::nanoseconds(options_.delay));
    return next;
}

/// Null if there is nothing to send yet.
TailClient::Message TailClient::take_message() {
    if (!history_.empty()) {
        Message message = std::move(history_.front());
        history_.pop_front();
        return message;
    }
    if (!dropped_.empty()) return take_dropped();
    const auto now = clock_.now();
    while (!frames_.empty()) {
        const std::shared_ptr<const TailFrame> frame = frames_.front();
        if (frame->made + std::chrono::nanoseconds(options_.delay) > now) return nullptr;
        frames_.pop_front();
        queued_rows_ -= frame->rows.size();
        if (frame->made > history_until_) history_rows_.clear();
        if (history_rows_.empty()) return frame->message;
        if (Message message = without_history(*frame)) return message;
    }
    return nullptr;
}

TailClient::Message TailClient::take_dropped() {
    Message message = WebSocketFrame::of_text(tail_dropped_json(dropped_, options_.shape));
    dropped_.clear();
    return message;
}

/// Null if nothing is left.
TailClient::Message TailClient::without_history(const TailFrame& frame) {
    std::vector<read::LiveQuery::Row> rows;
    for (const read::LiveQuery::Row& row : frame.rows)
        if (!is_in_history(row)) rows.push_back(row);
    if (rows.size() == frame.rows.size()) return frame.message;
    if (rows.empty()) return nullptr;
    return WebSocketFrame::of_text(tail_json(rows, options_.shape));
}

bool TailClient::is_in_history(const read::LiveQuery::Row& row) {
    const auto found = history_rows_.find(key_of(row));
    if (found == history_rows_.end()) return false;
    if (--found->second == 0) history_rows_.erase(found);
    return true;
}

}  // namespace skald::api
