// SPDX-License-Identifier: Apache-2.0
#include "tool_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace skald::app {

namespace {

struct Tool {
    std::string_view name;
    std::string_view switches;  ///< Options without a value, between blanks.
    std::string_view values;    ///< Options with one.
    std::size_t operands_min;
    std::size_t operands_max;
    std::string_view help;
};

constexpr std::array<Tool, 6> kTools = {{
    {"check", " deep running ", " ", 0, 1,
     "  skald check [-deep] [-running] [-config.file=FILE | DIR]\n"
     "        Look at every checksum of the data in DIR (common.path_prefix); -deep decodes every\n"
     "        block, too; -running: while a server works on it. Exits with 1 if something is "
     "damaged.\n"},
    {"inspect", " json all ", " block ", 1, 1,
     "  skald inspect [-json] [-all] [-block=OFFSET] FILE\n"
     "        Show what a segment, log file, delete request or pattern file holds.\n"},
    {"catalog rebuild", " ", " ", 0, 1,
     "  skald catalog rebuild [-config.file=FILE | DIR]\n"
     "        Make the catalog of a stopped server again from the segments.\n"},
    {"snapshot", " ", " url data ", 1, 1,
     "  skald snapshot [-config.file=FILE | -data=DIR] [-url=http://localhost:3100] TARGET\n"
     "        Copy the data by hard links to the new folder TARGET, also while the server runs.\n"},
    {"export", " ", " url tenant query start end output ", 0, 0,
     "  skald export [-url=URL] [-tenant=T] -query='{…}' -start=TIME -end=TIME -output=FILE\n"
     "        Write lines of a running server to FILE as JSON, one a line; goes on where it was\n"
     "        interrupted. Times are RFC 3339.\n"},
    {"import", " ", " url tenant ", 1, 1,
     "  skald import [-url=URL] [-tenant=T] FILE\n"
     "        Push the lines of such a file; goes on where it was interrupted.\n"},
}};

const Tool* tool_of(std::span<const std::string> arguments) {
    for (const Tool& tool : kTools) {
        std::string words = arguments.empty() ? "" : arguments[0];
        if (words == "catalog" && arguments.size() > 1) words += " " + arguments[1];
        if (words == tool.name) return &tool;
    }
    return nullptr;
}

bool lists(std::string_view names, const std::string& name) {
    return names.find(" " + name + " ") != std::string_view::npos;
}

Error unusable(const std::string& argument, const std::string& why) {
    return {ErrorCode::kInvalidArgument, argument + ": " + why + "; see skald -help"};
}

}  // namespace

std::string ToolLine::value(std::string_view option, std::string_view otherwise) const {
    const auto found = options.find(option);
    return found == options.end() ? std::string(otherwise) : found->second;
}

bool is_tool(std::span<const std::string> arguments) {
    return !arguments.empty() && (tool_of(arguments) != nullptr || arguments[0] == "catalog");
}

Result<ToolLine> parse_tool_line(std::span<const std::string> arguments) {
    const Tool* tool = tool_of(arguments);
    if (tool == nullptr) return unusable("catalog", "only skald catalog rebuild is known");
    ToolLine line;
    line.tool = tool->name;
    std::vector<std::string> flags;
    for (std::size_t i = line.tool.starts_with("catalog") ? 2 : 1; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (!argument.starts_with('-')) {
            line.operands.push_back(argument);
            continue;
        }
        const std::string text = argument.substr(argument.starts_with("--") ? 2 : 1);
        const std::size_t equals = std::min(text.find('='), text.size());
        const std::string name = text.substr(0, equals);
        const bool has_value = equals < text.size();
        if (lists(tool->switches, name)) {
            line.options[name] = has_value ? text.substr(equals + 1) : "true";
        } else if (lists(tool->values, name) || name == "config.file" || is_config_flag(name)) {
            if (!has_value && i + 1 == arguments.size()) return unusable(argument, "needs a value");
            const std::string value = has_value ? text.substr(equals + 1) : arguments[++i];
            if (lists(tool->values, name))
                line.options[name] = value;
            else
                flags.push_back("-" + name + "=" + value);
        } else {
            return unusable(argument, "no such flag of skald " + line.tool);
        }
    }
    if (line.operands.size() < tool->operands_min)
        return unusable("skald " + line.tool, "a file or folder is missing");
    if (line.operands.size() > tool->operands_max)
        return unusable(line.operands.back(), "one argument too many");
    SKALD_TRY(line.server, parse_command_line(flags));
    return line;
}

std::string tool_usage() {
    std::string text = "Tools of an operator:\n";
    for (const Tool& tool : kTools) text += tool.help;
    return text;
}

}  // namespace skald::app
