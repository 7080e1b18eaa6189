// SPDX-License-Identifier: Apache-2.0
#include "app.h"
#include "command_line.h"
#include "doctor.h"
#include "health_check.h"
#include "library_assertion.h"
#include "machine_memory.h"
#include "run_tool.h"
#include "targets.h"
#include "tool_line.h"
#include "version.h"

#include <skald/app/run.h>
#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/config/config.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/file_system.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace skald::app {

namespace {

constexpr std::uint64_t kConfigBytesMax = 64 * kMiB;  // As of a file of overrides.

struct ConfigText {
    std::string path;  ///< Empty: the embedded configuration.
    std::string yaml;
};

/// The first file of the list that exists. Without a list: the default places, then the embedded
/// one.
Result<ConfigText> find_config(const std::string& files) {
    storage::FileSystem& disk = storage::posix_file_system();
    const std::string list = files.empty() ? "config.yaml,config/config.yaml" : files;
    for (std::string_view rest = list; !rest.empty();) {
        const std::string path(take_part(rest, ','));
        if (path.empty()) continue;
        SKALD_TRY(const bool there, disk.exists(path));
        if (!there) continue;
        SKALD_TRY(std::string text, read_regular_file(path, kConfigBytesMax));
        return ConfigText{path, std::move(text)};
    }
    if (!files.empty())
        return Error{ErrorCode::kNotFound, "-config.file: " + files + ": no such file"};
    return ConfigText{"", std::string(embedded_config_yaml())};
}

void print_problems(const std::string& path, const std::vector<ConfigProblem>& problems) {
    const std::string name = path.empty() ? "configuration" : path;
    for (const ConfigProblem& problem : problems) {
        std::cerr << name;
        if (problem.line > 0) std::cerr << ":" << problem.line;
        std::cerr << ": " << problem.text << "\n";
    }
    std::cerr << "skald: " << problems.size() << (problems.size() == 1 ? " problem" : " problems")
              << " in the configuration\n";
}

void warn_of_config(const LoadedConfig& loaded) {
    for (const std::string& note : loaded.notes) log_warn("an old key is used", {{"key", note}});
    const std::vector<std::string>& ignored = loaded.ignored;
    if (ignored.empty()) return;
    std::string names;
    for (const std::string& key : ignored) names += (names.empty() ? "" : ", ") + key;
    log_warn("keys of Loki that mean nothing here are ignored", {{"keys", names}});
}

/// Signals are taken by `wait_for_signal` alone; every thread that is made later inherits the mask.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

/// Connections and segments are descriptors: take as many as the system lets us.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const LoadedConfig& loaded, const std::string& path) {
    const sigset_t signals = block_signals();
    raise_descriptor_limit();
    log_library_assertions();
    log_info("starting",
             {{"config", path.empty() ? "embedded" : path}, {"target", loaded.config.target}});
    warn_of_config(loaded);
    App app(loaded.config);
    const Result<void> started = app.start();
    if (!started) {
        log_error("start failed", {{"config", path.empty() ? "embedded" : path},
                                   {"err", started.error().message},
                                   {"do", "run skald doctor with the same flags"}});
        return 1;
    }
    log_info("ready", {{"http_port", app.http_port()}, {"grpc_port", app.grpc_port()}});
    int received = 0;
    sigwait(&signals, &received);
    log_info("stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
    app.stop();
    log_info("stopped");
    return app.has_failed() ? 1 : 0;
}

/// Last line first, so that a log that shows the newest first reads as the file.
void log_lines_reversed(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.size() - (text.ends_with('\n') ? 1 : 0);
        const std::size_t before = text.rfind('\n', end == 0 ? 0 : end - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        log_info(text.substr(begin, end - begin), {});
        text = text.substr(0, begin);
    }
}

std::optional<std::string> variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// The configuration's text, with the environment's variables in it if that is asked for.
Result<ConfigText> read_config(const CommandLine& line) {
    SKALD_TRY(ConfigText text, find_config(line.config_files));
    if (!line.expand_environment) return text;
    Result<std::string> expanded = expand_environment(text.yaml, variable);
    if (!expanded) return Error{expanded.error().code, text.path + ": " + expanded.error().message};
    text.yaml = *std::move(expanded);
    return text;
}

/// Whether the file itself has them. What the environment puts into it can't be told apart.
bool holds_secrets(const CommandLine& line, const ConfigText& text) {
    if (text.path.empty() || line.expand_environment) return false;
    return config_yaml(load_config(text.yaml, {}).config, "").find("********") != std::string::npos;
}

int verify_or_serve(const CommandLine& line) {
    const Result<ConfigText> text = read_config(line);
    if (!text) {
        std::cerr << "skald: " << text.error().message << "\n";
        return 1;
    }
    std::vector<ConfigFlag> settings = environment_settings(variable);
    settings.insert(settings.end(), line.flags.begin(), line.flags.end());
    LoadedConfig loaded = load_config(text->yaml, settings, machine_memory());
    const Result<std::vector<std::string>> modules = modules_of_target(loaded.config.target);
    if (!modules) loaded.problems.push_back({0, modules.error().message});
    if (line.action == CommandLine::Action::kDoctor)
        return print_findings(examine(loaded, {text->path, holds_secrets(line, *text)}));
    if (!loaded.problems.empty()) {
        print_problems(text->path, loaded.problems);
        return 1;
    }
    set_log_level(*parse_log_level(loaded.config.server.log_level));
    set_log_format(loaded.config.server.log_format);
    if (line.action == CommandLine::Action::kVerify) {
        warn_of_config(loaded);
        std::cerr << "config is valid\n";
        return 0;
    }
    if (line.print_config) std::cerr << config_yaml(loaded.config, "");
    if (line.log_config) log_lines_reversed(config_yaml(loaded.config, ""));
    return serve(loaded, text->path);
}

/// A folder that is named is a server's common.path_prefix; then no configuration is looked for.
int run_tool_line(const std::vector<std::string>& arguments) {
    Result<ToolLine> line = parse_tool_line(arguments);
    if (!line) {
        std::cerr << "skald: " << line.error().message << "\n";
        return 2;
    }
    const bool takes_folder = line->tool == "check" || line->tool == "catalog rebuild";
    const std::string folder = line->has("data")                         ? line->value("data")
                               : takes_folder && !line->operands.empty() ? line->operands[0]
                                                                         : "";
    const bool is_local =
        line->tool == "check" || line->tool == "catalog rebuild" || line->tool == "snapshot";
    ConfigText text{"", std::string(embedded_config_yaml())};
    if (!folder.empty()) {
        line->server.flags.push_back({.name = "common.path-prefix", .value = folder});
    } else if (is_local) {
        const Result<ConfigText> found = read_config(line->server);
        if (!found) {
            std::cerr << "skald: " << found.error().message << "\n";
            return 2;
        }
        text = *found;
    }
    const LoadedConfig loaded = load_config(text.yaml, line->server.flags);
    if (!loaded.problems.empty()) {
        print_problems(text.path, loaded.problems);
        return 2;
    }
    return run_tool(*line, loaded.config);
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
    if (is_tool(arguments)) return run_tool_line(arguments);
    const Result<CommandLine> line = parse_command_line(arguments);
    if (!line) {
        std::cerr << "skald: " << line.error().message << "\n";
        return 2;
    }
    switch (line->action) {
        case CommandLine::Action::kHelp: std::cout << usage(); return 0;
        case CommandLine::Action::kVersion: std::cout << version_text(); return 0;
        case CommandLine::Action::kListTargets: std::cout << list_targets(); return 0;
        case CommandLine::Action::kMarkdown: std::cout << config_markdown(); return 0;
        case CommandLine::Action::kLokiKeys: std::cout << loki_keys_markdown(); return 0;
        case CommandLine::Action::kHealth: return check_health(line->health_url);
        case CommandLine::Action::kDoctor:
        case CommandLine::Action::kVerify:
        case CommandLine::Action::kRun: break;
    }
    return verify_or_serve(*line);
}

}  // namespace skald::app
