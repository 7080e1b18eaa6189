// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"

#include <array>
#include <optional>

namespace skald::app {

namespace {

struct ActionFlag {
    std::string_view name;
    CommandLine::Action action;
};

constexpr std::array<ActionFlag, 6> kActions = {{
    {"help", CommandLine::Action::kHelp},
    {"h", CommandLine::Action::kHelp},
    {"version", CommandLine::Action::kVersion},
    {"verify-config", CommandLine::Action::kVerify},
    {"list-targets", CommandLine::Action::kListTargets},
    {"config.markdown", CommandLine::Action::kMarkdown},
}};

std::optional<CommandLine::Action> action_of(std::string_view name) {
    for (const ActionFlag& flag : kActions)
        if (flag.name == name) return flag.action;
    return std::nullopt;
}

bool is_true(const std::optional<std::string>& value) {
    return !value || *value == "true" || *value == "1";
}

Error unusable(const std::string& argument, const std::string& why) {
    return {ErrorCode::kInvalidArgument, argument + ": " + why + "; see skald -help"};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> arguments) {
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        std::string name = argument;
        if (!name.starts_with('-')) return unusable(argument, "not a flag");
        name.erase(0, name.starts_with("--") ? 2 : 1);
        std::optional<std::string> value;
        if (const std::size_t equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        if (const auto action = action_of(name)) {
            if (is_true(value)) line.action = *action;
            continue;
        }
        if (name == "print-config-stderr") {
            line.print_config = is_true(value);
            continue;
        }
        if (name != "config.file" && !is_config_flag(name))
            return unusable(argument, "no such flag");
        if (!value && is_boolean_flag(name)) value = "true";
        if (!value) {
            if (i + 1 == arguments.size()) return unusable(argument, "needs a value");
            value = arguments[++i];
        }
        if (name == "config.file")
            line.config_files = *value;
        else
            line.flags.push_back({name, *value});
    }
    return line;
}

std::string usage() {
    return "Skald stores logs and answers LogQL; it speaks Loki's HTTP API.\n"
           "\n"
           "  skald [-config.file=FILE] [-target=all] [flags]\n"
           "\n"
           "Without a file it starts with data in ./data, without authentication, on port 3100.\n"
           "\n"
           "  -config.file  (text; default config.yaml,config/config.yaml if there)\n"
           "        YAML file; of a comma list the first that exists.\n"
           "  -verify-config\n"
           "        Check the configuration and exit with 0 or 1.\n"
           "  -print-config-stderr\n"
           "        Print the configuration in use at start.\n"
           "  -list-targets\n"
           "        Print the modules that -target takes.\n"
           "  -config.markdown\n"
           "        Print the table of docs/configuration.md.\n"
           "  -version\n"
           "        Print the version.\n" +
           config_help();
}

}  // namespace skald::app
