// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A piece of a pattern such as `<ip> - <_>`: text, or a capture.
struct PatternPiece {
    bool capture = false;
    std::string text;  ///< The literal, or the capture's name (`_` has no name to fill).
};

/// Cuts a pattern into pieces; neighbouring literals are one. Never fails: what is no capture is
/// text.
std::vector<PatternPiece> split_pattern(std::string_view pattern);

/// What the `pattern` stage asks for. Errors: kInvalidArgument with Loki's reason.
Result<void> check_parser_pattern(std::string_view pattern);
/// What `|>` and `!>` ask for.
Result<void> check_filter_pattern(std::string_view pattern);

}  // namespace skald::read
