// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::tools {

/// How far an export or import has got, in a file of its own: what it is about in one line, two
/// numbers in the next, and the XXH3-64 of both lines as 16 hex digits in a third.
struct TransferState {
    std::string job;          ///< Server, query and times.
    std::uint64_t bytes = 0;  ///< Of the file of lines that are done.
    std::uint64_t lines = 0;

    /// The text of the file.
    std::string encode() const;
    /// Accepts any bytes. Errors: kCorruption.
    static Result<TransferState> decode(std::string_view text);

    /// The state beside `file`; that of a beginning if there is none. Errors: kInvalidArgument (it
    /// is of another job), kCorruption, kIo.
    static Result<TransferState> load(const std::string& file, const std::string& job);
    /// Durable when it returns.
    Result<void> save(const std::string& file) const;
    static Result<void> remove(const std::string& file);
};

}  // namespace skald::tools
