// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::tools {

/// A line as it is exported and imported.
struct TransferLine {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    TimeNs time = 0;
    Pairs stream;
    Pairs metadata;
    std::string line;
};

/// One JSON object, without the end of line.
std::string to_json(const TransferLine& line);
/// Errors: kInvalidArgument.
Result<TransferLine> parse_line(std::string_view json);
/// The lines of an answer to a log query with categorised labels, by time; equal times as they
/// come. Errors: kInvalidArgument.
Result<std::vector<TransferLine>> parse_query_answer(const std::string& body);
/// The body of a push.
std::string push_body(const std::vector<TransferLine>& lines);

}  // namespace skald::tools
