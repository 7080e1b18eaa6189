// SPDX-License-Identifier: Apache-2.0
#include "doctor.h"

#include "disk_check.h"
#include "machine_memory.h"
#include "part_options.h"
#include "setting_checks.h"

#include <skald/api/access.h>
#include <skald/api/http_server.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/grpc/grpc_server.h>

#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <iostream>
#include <set>
#include <string_view>

namespace skald::app {

namespace {

using Level = Finding::Level;
using Findings = std::vector<Finding>;

constexpr std::uint64_t kOtherDescriptors = 1024;  // Segments, the log, the catalog.
/// A gRPC connection that is not encrypted is looked at on its way to the library: the client's
/// socket and a pair.
constexpr std::uint64_t kRelayedDescriptors = 3;
constexpr TimeNs kOldestNow = 1'767'225'600'000'000'000;  // 2026: a clock without a battery.

void examine_configuration(const LoadedConfig& loaded, Findings& findings) {
    for (const ConfigProblem& problem : loaded.problems)
        findings.push_back(
            {Level::kProblem,
             (problem.line > 0 ? "line " + std::to_string(problem.line) + ": " : "") + problem.text,
             "put it right in the configuration"});
    for (const std::string& note : loaded.notes)
        findings.push_back({Level::kWarning, "an old key is used: " + note, "write the new one"});
    if (loaded.problems.empty())
        findings.push_back({Level::kGood, "the configuration can be used", {}});
}

void examine_clock(Findings& findings) {
    SystemClock clock;
    if (clock.wall_now() < kOldestNow) {
        findings.push_back({Level::kProblem, "the clock is years behind",
                            "set it (timedatectl set-ntp true): pushed lines look as if they came "
                            "from the future and are refused"});
        return;
    }
    timex state{};
    if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
        findings.push_back({Level::kWarning, "the clock is not kept by NTP",
                            "start chrony or systemd-timesyncd: lines from hosts whose clocks run "
                            "ahead are refused after limits_config.creation_grace_period"});
    } else {
        findings.push_back({Level::kGood, "the clock is kept by NTP", {}});
    }
}

/// That connections may take if all limits are reached.
std::uint64_t connection_descriptors(const Config::Server& server) {
    const std::uint64_t http = server.http_listen_conn_limit > 0
                                   ? server.http_listen_conn_limit
                                   : api::HttpServer::Options().connections_max;
    const std::uint64_t grpc = server.grpc_listen_conn_limit > 0
                                   ? server.grpc_listen_conn_limit
                                   : grpc::GrpcServer::Options().connections_max;
    const bool is_relayed =
        !tls_settings("grpc_tls_config", server.grpc_tls_config, server).enabled();
    return http + grpc * (is_relayed ? kRelayedDescriptors : 1);
}

void examine_descriptors(const Config& config, Findings& findings) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const std::uint64_t connections = connection_descriptors(config.server);
    const std::uint64_t wanted = connections + kOtherDescriptors;
    const std::string text = "open files: " + std::to_string(limit.rlim_max) + " may be open";
    if (limit.rlim_max >= wanted) {
        findings.push_back({Level::kGood, text, {}});
        return;
    }
    const Level level = limit.rlim_max < 2 * kOtherDescriptors ? Level::kProblem : Level::kWarning;
    findings.push_back({level,
                        text + ", connections of HTTP and gRPC may take " +
                            std::to_string(connections) + " of them",
                        "allow " + std::to_string(wanted) +
                            " (LimitNOFILE= of the unit, ulimit -n -H), or set "
                            "server.http_listen_conn_limit or server.grpc_listen_conn_limit "
                            "lower"});
}

void examine_memory(const Config& config, Findings& findings) {
    const std::uint64_t machine = machine_memory();
    const std::string text =
        "memory.limit is " + format_byte_size(config.memory.limit) + " of " +
        (machine == 0 ? "an unknown size" : format_byte_size(machine / kMiB * kMiB));
    if (machine > 0 && config.memory.limit > machine / 10 * 9) {
        findings.push_back({Level::kProblem, text,
                            "lower memory.limit below nine tenths of it, or give the machine or "
                            "the control group more: else the kernel ends the process"});
    } else {
        findings.push_back({Level::kGood, text, {}});
    }
}

void examine_permissions(const Config& config, Findings& findings) {
    if (geteuid() == 0)
        findings.push_back({Level::kWarning, "this runs as root",
                            "run it as a user of its own; the Debian package makes one"});
    if (config.auth_file.empty()) {
        const std::string& address = config.server.http_listen_address;
        if (address != "127.0.0.1" && address != "localhost" && address != "::1")
            findings.push_back({Level::kWarning,
                                "whoever reaches port " +
                                    std::to_string(config.server.http_listen_port) +
                                    " may read, write and administer",
                                "set auth.file, or keep others away from the port"});
        return;
    }
    SystemClock clock;
    MetricsRegistry metrics;
    const auto access = api::Access::load(config.auth_file, clock, metrics);
    if (!access) {
        findings.push_back({Level::kProblem, access.error().message, "put the file right"});
    } else {
        findings.push_back({Level::kGood, config.auth_file + " can be used", {}});
    }
}

}  // namespace

std::vector<Finding> examine(const LoadedConfig& loaded, const ConfigFile& file) {
    const Config& config = loaded.config;
    Findings findings;
    examine_configuration(loaded, findings);
    examine_config_file(file, findings);
    examine_overrides(config, findings);
    const std::set<std::string> folders = {config.common.chunks_directory,
                                           config.ingester.wal_directory,
                                           config.storage.catalog_directory};
    for (const std::string& folder : folders) {
        examine_folder(folder, findings);
        examine_file_times(folder, findings);
    }
    examine_clock(findings);
    examine_permissions(config, findings);
    examine_tls(config, findings);
    examine_ruler(config, findings);
    examine_bucket(config, findings);
    examine_descriptors(config, findings);
    examine_memory(config, findings);
    examine_ports(config, findings);
    return findings;
}

int print_findings(const std::vector<Finding>& findings) {
    int problems = 0;
    int warnings = 0;
    for (const Finding& finding : findings) {
        std::string_view mark = "ok       ";
        if (finding.level == Level::kWarning) mark = "warning  ";
        if (finding.level == Level::kProblem) mark = "PROBLEM  ";
        warnings += finding.level == Level::kWarning ? 1 : 0;
        problems += finding.level == Level::kProblem ? 1 : 0;
        std::cout << mark << finding.what << "\n";
        if (!finding.advice.empty()) std::cout << "         -> " << finding.advice << "\n";
    }
    std::cout << problems << " problems, " << warnings << " warnings\n";
    return problems > 0 ? 1 : 0;
}

}  // namespace skald::app
