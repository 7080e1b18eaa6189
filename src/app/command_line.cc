// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"

#include "tool_line.h"

#include <array>
#include <optional>

namespace skald::app {

namespace {

struct ActionFlag {
    std::string_view name;
    CommandLine::Action action;
};

constexpr std::array<ActionFlag, 8> kActions = {{
    {"help", CommandLine::Action::kHelp},
    {"h", CommandLine::Action::kHelp},
    {"version", CommandLine::Action::kVersion},
    {"verify-config", CommandLine::Action::kVerify},
    {"list-targets", CommandLine::Action::kListTargets},
    {"config.markdown", CommandLine::Action::kMarkdown},
    {"config.loki-keys", CommandLine::Action::kLokiKeys},
    {"health", CommandLine::Action::kHealth},
}};

std::optional<CommandLine::Action> action_of(std::string_view name) {
    for (const ActionFlag& flag : kActions)
        if (flag.name == name) return flag.action;
    return std::nullopt;
}

/// The field of a flag that is on or off; null if it is not one of these.
bool* switch_of(CommandLine& line, std::string_view name) {
    if (name == "print-config-stderr") return &line.print_config;
    if (name == "log-config-reverse-order") return &line.log_config;
    if (name == "config.expand-env") return &line.expand_environment;
    return nullptr;
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
        if (i == 0 && argument == "doctor") {
            line.action = CommandLine::Action::kDoctor;
            continue;
        }
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
        if (bool* answer = switch_of(line, name)) {
            *answer = is_true(value);
            continue;
        }
        if (name != "config.file" && name != "health.url" && !is_config_flag(name))
            // Without the value: the name of a flag for a secret may be mistyped.
            return unusable(argument.substr(0, argument.find('=')), "no such flag");
        if (!value && is_boolean_flag(name)) value = "true";
        if (!value) {
            if (i + 1 == arguments.size()) return unusable(argument, "needs a value");
            value = arguments[++i];
        }
        if (name == "config.file") {
            line.config_files = *value;
        } else if (name == "health.url") {
            line.health_url = *value;
        } else {
            line.flags.push_back({.name = name, .value = *value});
        }
    }
    return line;
}

std::string usage() {
    return "Skald stores logs and answers LogQL; it speaks Loki's HTTP API.\n"
           "\n"
           "  skald [-config.file=FILE] [-target=all] [flags]\n"
           "  skald doctor [-config.file=FILE] [flags]\n"
           "        Check configuration, disk, clock, permissions and limits of the machine, and "
           "say what to change.\n"
           "\n"
           "Without a file it starts with data in ./data, without authentication, on port 3100.\n"
           "\n"
           "  -config.file  (text; default config.yaml,config/config.yaml if there)\n"
           "        YAML file; of a comma list the first that exists.\n"
           "  -config.expand-env\n"
           "        Replace ${VAR} and ${VAR:-default} in the file by the environment's "
           "variables.\n"
           "  -verify-config\n"
           "        Check the configuration and exit with 0 or 1.\n"
           "  -print-config-stderr\n"
           "        Print the configuration in use at start.\n"
           "  -log-config-reverse-order\n"
           "        Log the configuration in use at start, last line first.\n"
           "  -health  (with -health.url; default http://localhost:3100/ready)\n"
           "        Ask a running server whether it is ready; exit with 0 or 1.\n"
           "  -list-targets\n"
           "        Print the modules that -target takes.\n"
           "  -config.markdown\n"
           "        Print the table of docs/configuration.md.\n"
           "  -config.loki-keys\n"
           "        Print what becomes of each of Loki's keys, the table of docs/loki-keys.md.\n"
           "  -version\n"
           "        Print the version.\n"
           "\n" +
           tool_usage() + "\n" + config_help();
}

}  // namespace skald::app
