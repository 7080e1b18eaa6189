// SPDX-License-Identifier: Apache-2.0
#include "tail_frame.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <utility>

namespace skald::api {

namespace {

/// Of rows in one message. Memory for tails is granted by messages.
constexpr std::uint64_t kLongMessage = 256 * kKiB;

}  // namespace

std::uint64_t bytes_of(const read::LiveQuery::Row& row) {
    return sizeof(row) + row.stream.heap_bytes() + row.row.line.capacity() +
           row.row.metadata.heap_bytes() + row.row.parsed.heap_bytes();
}

std::uint64_t bytes_of(std::span<const read::LiveQuery::Row> rows) {
    std::uint64_t bytes = 0;
    for (const read::LiveQuery::Row& row : rows) bytes += bytes_of(row);
    return bytes;
}

std::size_t rows_of_message(std::span<const read::LiveQuery::Row> rows, std::size_t rows_max) {
    const std::size_t most = std::min(rows.size(), rows_max);
    std::size_t count = 0;
    for (std::uint64_t bytes = 0; count < most && bytes < kLongMessage; ++count)
        bytes += bytes_of(rows[count]);
    return count;
}

TailFrame::Ptr TailFrame::make(std::span<const Row> rows, const Parts& parts) {
    const auto frame = std::make_shared<TailFrame>();
    if (parts.memory != nullptr) frame->share_ = BudgetShare(*parts.memory);
    // The text is about as long as the rows; what it really takes is known when it is there.
    const std::uint64_t rows_bytes = bytes_of(rows);
    if (!frame->hold(sizeof(TailFrame) + rows_bytes)) return nullptr;
    frame->message_ = WebSocketFrame::of_text(tail_json(rows, parts.shape), parts.clients);
    const std::uint64_t kept = parts.keeps_rows ? rows_bytes : 0;
    if (!frame->hold(sizeof(TailFrame) + frame->message_->held_bytes() + kept)) return nullptr;
    if (parts.keeps_rows) frame->rows_.assign(rows.begin(), rows.end());
    frame->row_count_ = rows.size();
    frame->made_ = parts.made;
    return frame;
}

/// False if there is not so much left.
bool TailFrame::hold(std::uint64_t bytes) {
    if (bytes < bytes_)
        share_.shrink(bytes_ - bytes);
    else if (share_.grow(bytes - bytes_) != BudgetShare::Outcome::kGranted)
        return false;
    bytes_ = bytes;
    return true;
}

std::shared_ptr<const WebSocketFrame> TailFrame::message_of(Ptr frame) {
    const WebSocketFrame* const message = frame->message_.get();
    return {std::move(frame), message};
}

}  // namespace skald::api
