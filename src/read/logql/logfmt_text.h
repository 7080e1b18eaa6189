// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skald::read {

/// Reads the pairs of a logfmt line (logql 3.3).
class LogfmtPairs {
public:
    explicit LogfmtPairs(std::string_view line)
        : begin_(line.data()), at_(begin_), end_(begin_ + line.size()) {}

    enum class Step { kPair, kEnd, kError };

    /// After kError the next call goes on behind what it could not read.
    Step next();
    std::string_view key() const { return key_; }
    /// Without quotes; with its escapes if escaped().
    std::string_view value() const { return value_; }
    bool escaped() const { return escaped_; }
    /// `logfmt syntax error at pos 15 : unexpected '"'`, for the last kError.
    std::string error() const;

private:
    Step fail(const char* what);
    Step unexpected();
    Step read_key();
    Step read_value();
    Step read_quoted();

    const char* begin_;
    const char* at_;
    const char* end_;
    std::string_view key_;
    std::string_view value_;
    bool escaped_ = false;
    const char* problem_ = "";
    char byte_ = '\0';  ///< The byte that was not expected, with an empty problem_.
    std::size_t position_ = 0;
};

/// A quoted value without escapes, as Go's encoding/json reads strings. False if it is none.
bool unquote_logfmt(std::string_view text, std::string& out);

}  // namespace skald::read
