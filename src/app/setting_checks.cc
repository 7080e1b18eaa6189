// SPDX-License-Identifier: Apache-2.0
#include "setting_checks.h"

#include "disk_check.h"
#include "part_options.h"
#include "runtime_limits.h"
#include "segment_objects.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/listen.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace skald::app {

namespace {

using Level = Finding::Level;
using Findings = std::vector<Finding>;

/// False if it is not there.
bool is_open_to_others(const std::string& file) {
    struct stat found {};
    return stat(file.c_str(), &found) == 0 && (found.st_mode & (S_IRWXO | S_IWGRP)) != 0;
}

void examine_key_file(const std::string& file, Findings& findings) {
    if (is_open_to_others(file))
        findings.push_back(
            {Level::kWarning, file + " may be read by others", "run: chmod 600 " + file});
}

void examine_tls_section(const char* section, const Config::Server::Tls& tls,
                         const Config::Server& server, Findings& findings) {
    const api::TlsSettings settings = tls_settings(section, tls, server);
    if (!settings.enabled()) return;
    if (const Result<void> usable = api::check_tls(settings); !usable)
        findings.push_back({Level::kProblem, usable.error().message,
                            "put the certificate or the key there, readable by the user that "
                            "Skald runs as, or correct the setting"});
    else
        findings.push_back({Level::kGood, std::string("server.") + section + " can be used", {}});
    examine_key_file(tls.key_file, findings);
}

bool is_directory(const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

/// Why the port can't be listened on; empty if it can.
std::string trouble_with(IoThreads& io, const std::string& address, std::uint64_t port) {
    if (port == 0) return {};
    const Result<TcpAcceptor> listening =
        listen_on(io.at(0).get_executor(), address, static_cast<std::uint16_t>(port));
    return listening ? std::string() : listening.error().message;
}

struct Port {
    std::string name;
    std::string address;
    std::uint64_t number = 0;
};

/// Whether one listens where the other does. Names are compared as they are, but for that of the
/// machine itself: what others stand for may change until the server starts.
bool overlap(const Port& a, const Port& b) {
    const auto covers = [](const std::string& address, const std::string& other) {
        if (address.empty() || address == "::") return true;
        return address == "0.0.0.0" && other.find(':') == std::string::npos;
    };
    const auto plain = [](const std::string& address) {
        return address == "localhost" ? std::string("127.0.0.1") : address;
    };
    if (a.number == 0 || a.number != b.number) return false;
    return covers(a.address, b.address) || covers(b.address, a.address) ||
           plain(a.address) == plain(b.address);
}

void examine_overlaps(const std::vector<Port>& ports, Findings& findings) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!overlap(ports[i], ports[j])) continue;
            findings.push_back({Level::kProblem,
                                ports[j].name + " and " + ports[i].name + " are both " +
                                    std::to_string(ports[i].number),
                                "choose another port for one of them: the server does not start "
                                "with the same for both"});
        }
    }
}

}  // namespace

void examine_config_file(const ConfigFile& file, Findings& findings) {
    if (!file.has_secrets || !is_open_to_others(file.path)) return;
    findings.push_back(
        {Level::kProblem, file.path + " holds secrets and may be read by others",
         "run: chmod 640 " + file.path + ", and chown it to the group that Skald runs as"});
}

void examine_overrides(const Config& config, Findings& findings) {
    const std::string& file = config.runtime_config.file;
    if (file.empty()) return;
    MetricsRegistry metrics;
    RuntimeLimits limits(config.limits, file, storage::posix_file_system(), metrics);
    if (const Result<void> loaded = limits.load(); !loaded)
        findings.push_back({Level::kProblem, loaded.error().message,
                            "put the file of overrides there or right, or take "
                            "runtime_config.file out: the server does not start with it"});
    else
        findings.push_back({Level::kGood, "the overrides in " + file + " can be used", {}});
}

void examine_tls(const Config& config, Findings& findings) {
    const Config::Server& server = config.server;
    examine_tls_section("http_tls_config", server.http_tls_config, server, findings);
    examine_tls_section("grpc_tls_config", server.grpc_tls_config, server, findings);
}

void examine_ruler(const Config& config, Findings& findings) {
    const Result<read::Ruler::Options> options = ruler_options(config);
    if (!options) {
        findings.push_back({Level::kProblem, options.error().message,
                            "correct the setting: the server does not start with it"});
        return;
    }
    if (config.ruler.storage_type != "local") return examine_folder(options->directory, findings);
    if (!is_directory(options->directory))
        findings.push_back({Level::kProblem, "there is no folder of rules " + options->directory,
                            "make it and put the rules there, or correct "
                            "ruler.storage.local.directory: no rule is evaluated"});
}

void examine_bucket(const Config& config, Findings& findings) {
    if (!config.storage.is_remote) return;
    SystemClock clock;
    MetricsRegistry metrics;
    const auto bucket = open_bucket(config, clock, metrics);
    if (!bucket) {
        findings.push_back({Level::kProblem, bucket.error().message, "correct the setting"});
        return;
    }
    (*bucket)->hurry();  // One attempt, and not for long.
    if (const Result<void> usable = (*bucket)->check(); !usable)
        findings.push_back({Level::kProblem, "the bucket can't be used: " + usable.error().message,
                            "look after the address, the network and the credentials: the server "
                            "waits for the bucket and answers 503 until then"});
    else
        findings.push_back({Level::kGood, "the bucket can be used: " + (*bucket)->place(), {}});
}

void examine_ports(const Config& config, Findings& findings) {
    const Config::Server& server = config.server;
    examine_overlaps(
        {{"server.http_listen_port", server.http_listen_address, server.http_listen_port},
         {"server.admin_listen_port", server.admin_listen_address, server.admin_listen_port},
         {"server.grpc_listen_port", server.grpc_listen_address, server.grpc_listen_port}},
        findings);
    IoThreads io(1);
    const std::string http = trouble_with(io, server.http_listen_address, server.http_listen_port);
    const std::string admin =
        trouble_with(io, server.admin_listen_address, server.admin_listen_port);
    const std::string grpc = trouble_with(io, server.grpc_listen_address, server.grpc_listen_port);
    // If the first port is in use it may well be by the server that is to be examined.
    const bool may_run = http.find("in use") != std::string::npos;
    for (const std::string& why : {http, admin, grpc}) {
        if (why.empty()) continue;
        const bool is_used = why.find("in use") != std::string::npos;
        if (is_used && may_run)
            findings.push_back({Level::kWarning, why + ", perhaps by a Skald that runs",
                                "find out by whom: ss -ltnp"});
        else
            findings.push_back(
                {Level::kProblem, why,
                 is_used ? "find out who has it (ss -ltnp) and end that, or choose another port"
                         : "choose another address or a port above 1023, or give the right to it "
                           "(AmbientCapabilities=CAP_NET_BIND_SERVICE of the unit)"});
    }
}

}  // namespace skald::app
