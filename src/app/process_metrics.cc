// SPDX-License-Identifier: Apache-2.0
#include "app.h"
#include "version.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace skald::app {

namespace {

/// Resident bytes, from /proc/self/statm (second field, in pages).
double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
    std::error_code error;
    double count = 0;
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
        ++count;
    return count;
}

/// What of a ring the dashboards read.
class RingGauges {
public:
    /// `beats`: its members send heartbeats.
    RingGauges(const cluster::Ring& ring, const char* name, bool beats, MetricsRegistry& metrics)
        : ring_(ring), beats_(beats) {
        for (const char* state : {"ACTIVE", "JOINING", "LEAVING", "PENDING", "Unhealthy"})
            members_.emplace(state, metrics.gauge("loki_ring_members", "Members of the ring.",
                                                  {{"name", name}, {"state", state}}));
    }

    void update(TimeNs now) {
        std::map<std::string, double, std::less<>> counts;
        for (const cluster::RingInstance& member : ring_.instances()) {
            const bool is_healthy = !beats_ || now - member.heartbeat <= kNanosPerMinute;
            ++counts[is_healthy ? std::string(cluster::to_string(member.state)) : "Unhealthy"];
        }
        for (auto& [state, gauge] : members_) gauge.set(counts[state]);
    }

private:
    const cluster::Ring& ring_;
    const bool beats_;
    std::map<std::string, Gauge> members_;
};

}  // namespace

void App::export_ring_metrics() {
    metrics_.before_exposition(
        [this, ingesters = RingGauges(ring_, "ingester", true, metrics_),
         compactors = RingGauges(compactor_ring_, "compactor", false, metrics_)]() mutable {
            ingesters.update(clock_.wall_now());
            compactors.update(clock_.wall_now());
        });
}

void App::export_process_metrics() {
    const api::BuildInfo info = build_info();
    metrics_
        .gauge("loki_build_info", "Version of this server; always 1.",
               {{"version", info.version}, {"revision", info.revision}, {"branch", info.branch}})
        .set(1);
    Gauge resident = metrics_.gauge("process_resident_memory_bytes", "Resident memory in bytes.");
    Counter cpu = metrics_.counter("process_cpu_seconds_total", "User and system CPU seconds.");
    Gauge descriptors = metrics_.gauge("process_open_fds", "Open file descriptors.");
    Gauge started =
        metrics_.gauge("process_start_time_seconds", "Start of the process, Unix seconds.");
    started.set(static_cast<double>(clock_.wall_now()) / 1e9);
    for (const LogLevel level :
         {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
        Counter lines =
            metrics_.counter("loki_log_messages_total", "Lines of the server's own log.",
                             {{"level", std::string(to_string(level))}});
        metrics_.before_exposition([level, lines]() mutable {
            lines.add(std::max(0.0, static_cast<double>(log_lines(level)) - lines.value()));
        });
    }
    metrics_.before_exposition([resident, cpu, descriptors]() mutable {
        resident.set(resident_bytes());
        cpu.add(std::max(0.0, cpu_seconds() - cpu.value()));
        descriptors.set(open_descriptors());
    });
}

}  // namespace skald::app
