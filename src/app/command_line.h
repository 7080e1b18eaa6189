// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>

#include <span>
#include <string>
#include <vector>

namespace skald::app {

/// What the command line asks for.
struct CommandLine {
    enum class Action {
        kRun,
        kHelp,
        kVersion,
        kVerify,
        kListTargets,
        kMarkdown,
        kLokiKeys,
        kHealth,
        kDoctor
    };
    Action action = Action::kRun;
    std::string config_files;  ///< Comma list as given; empty: the default places.
    bool print_config = false;
    bool log_config = false;
    bool expand_environment = false;
    std::string health_url = "http://localhost:3100/ready";
    std::vector<ConfigFlag> flags;  ///< Of configuration keys, in order.
};

/// Parses the arguments after the program's name as Go's flag package does: `-name=value`,
/// `-name value`, one dash or two, booleans alone. Errors: kInvalidArgument, naming the argument.
Result<CommandLine> parse_command_line(std::span<const std::string> arguments);

/// The text of `-help`.
std::string usage();

}  // namespace skald::app
