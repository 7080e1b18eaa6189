// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_context.h"

#include <cstddef>

namespace skald::read {

/// Looks now and then, while rows are worked on one by one, whether the query is to stop: stages
/// may take milliseconds for each. Threading: single-owner.
class RowWatch {
public:
    explicit RowWatch(const QueryContext& context) : context_(context) {}

    /// After a row of which the stages kept so many bytes. False if the query is to stop.
    bool goes_on(std::size_t kept_bytes) {
        work_ += kRowWork + kept_bytes;
        if (work_ < kWorkPerLook) return true;
        work_ = 0;
        return !context_.should_stop();
    }

private:
    static constexpr std::size_t kRowWork = 256;
    static constexpr std::size_t kWorkPerLook = 64 * 1024;

    const QueryContext& context_;
    std::size_t work_ = 0;
};

}  // namespace skald::read
