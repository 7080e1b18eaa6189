// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace skald {

// Parts of a log line. Clients choose what comes in here: whatever it is, a line stays one line of
// well-formed UTF-8 that says nothing to a terminal.

/// ` key=value`, quoted where it must be; without the space at the begin of `line`.
void append_logfmt(std::string& line, std::string_view key, std::string_view value);
/// `,"key":"value"`, or with `{` at the begin of `line`.
void append_json(std::string& line, std::string_view key, std::string_view value);

}  // namespace skald
