// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line.h"

#include <skald/foundation/base/result.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::app {

/// The arguments of an operator's tool, `skald check -deep DIR`.
struct ToolLine {
    std::string tool;  ///< "check", "inspect", "catalog rebuild", "snapshot", "export", "import".
    /// Options of the tool by name; switches have the value "true".
    std::map<std::string, std::string, std::less<>> options;
    std::vector<std::string> operands;
    /// Where data is: `-config.file`, and flags of configuration keys.
    CommandLine server;

    bool has(std::string_view option) const { return options.contains(option); }
    std::string value(std::string_view option, std::string_view otherwise = {}) const;
};

/// True if the first argument names a tool.
bool is_tool(std::span<const std::string> arguments);
/// Errors: kInvalidArgument, naming the argument.
Result<ToolLine> parse_tool_line(std::span<const std::string> arguments);
/// The tools' part of the text of `-help`.
std::string tool_usage();

}  // namespace skald::app
