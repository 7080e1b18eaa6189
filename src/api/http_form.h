// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::api {

/// The parameters of a request: those of its body, if that is a form, before those of its URL, so
/// that the body wins where one value is asked for.
/// Threading: immutable.
class Form {
public:
    static constexpr std::size_t kPairsMax = 10'000;

    /// Errors: kInvalidArgument in Go's words: `invalid URL escape "%zz"`, `invalid semicolon
    /// separator in query`, and those of parse_media_type for the Content-Type of a body.
    static Result<Form> of_request(const HttpRequest& request);
    /// Adds the pairs of one `a=b&c=d` text. Errors: as above; `too many parameters` past
    /// kPairsMax, because a pair takes far more memory than the two bytes it may come from.
    Result<void> add(std::string_view encoded);

    /// The first value, or "".
    std::string_view value(std::string_view name) const noexcept;
    /// All values, in order.
    std::vector<std::string_view> values(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& pairs() const noexcept {
        return pairs_;
    }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

enum class EscapeIn { kQuery, kPath };

/// Percent-decodes; '+' is a space in a query. Errors: kInvalidArgument, `invalid URL escape
/// "%zz"`.
Result<std::string> percent_decode(std::string_view text, EscapeIn where);

/// The type of a Content-Type header in lower case, without its parameters (RFC 9110, 8.3.1).
/// Errors: kInvalidArgument in Go's words: `mime: no media type`, `mime: expected token after
/// slash`, `mime: unexpected content after media type`, `mime: invalid media parameter`.
Result<std::string> parse_media_type(std::string_view header);

}  // namespace skald::api
