// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "tail_json.h"
#include "web_socket_frame.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/read/querier/live_query.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace skald::api {

/// A message of rows for all tails of one query, charged once, however many hold it.
/// Threading: immutable.
class TailFrame {
public:
    using Row = read::LiveQuery::Row;
    using Ptr = std::shared_ptr<const TailFrame>;

    struct Parts {
        TailShape shape = TailShape::kPlain;
        std::size_t clients = 1;         ///< That get it.
        bool keeps_rows = false;         ///< Some client may have seen rows of it in its history.
        Clock::TimePoint made = {};      ///< When its rows came.
        MemoryBudget* memory = nullptr;  ///< Null: there is always room.
    };
    /// Empty; `make` makes them.
    TailFrame() = default;
    /// Null if there is no room for it.
    static Ptr make(std::span<const Row> rows, const Parts& parts);
    /// The message; it holds the frame.
    static std::shared_ptr<const WebSocketFrame> message_of(Ptr frame);

    /// Empty unless they are kept.
    const std::vector<Row>& rows() const noexcept { return rows_; }
    std::size_t row_count() const noexcept { return row_count_; }
    Clock::TimePoint made() const noexcept { return made_; }
    /// What it holds.
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    bool hold(std::uint64_t bytes);

    BudgetShare share_;
    std::shared_ptr<const WebSocketFrame> message_;
    std::vector<Row> rows_;
    std::size_t row_count_ = 0;
    Clock::TimePoint made_;
    std::uint64_t bytes_ = 0;
};

std::uint64_t bytes_of(const read::LiveQuery::Row& row);
std::uint64_t bytes_of(std::span<const read::LiveQuery::Row> rows);
/// How many of the rows are the next message: at most `rows_max`, at least one, and no more behind
/// the one that makes it long.
std::size_t rows_of_message(std::span<const read::LiveQuery::Row> rows, std::size_t rows_max);

}  // namespace skald::api
