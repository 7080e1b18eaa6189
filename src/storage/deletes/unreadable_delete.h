// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/store/delete_filter.h>

#include <string>
#include <string_view>
#include <utility>

namespace skald::storage {

/// Stands for a request that can't be read: nobody knows which rows it hides, so queries that find
/// rows of the tenant fail instead of showing hidden ones. Threading: immutable, thread-safe.
class UnreadableDelete final : public RowSelector {
public:
    explicit UnreadableDelete(std::string message) : message_(std::move(message)) {}

    bool takes_stream(const Labels&) const override { return true; }
    bool takes_all_rows() const override { return false; }
    Result<void> select(const Run&, std::uint32_t, std::uint32_t,
                        std::vector<std::uint32_t>&) const override {
        // Not kCorruption: a damaged block is left out of an answer, this must fail it.
        return Error{ErrorCode::kInternal, message_};
    }

private:
    std::string message_;
};

}  // namespace skald::storage
