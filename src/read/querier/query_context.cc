// SPDX-License-Identifier: Apache-2.0
#include "query_context.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <utility>

namespace skald::read {
namespace {

/// Past it a query that meets thousands of damaged blocks says nothing new.
constexpr std::size_t kWarningsMax = 20;

}  // namespace

void QueryContext::fail(Error error) {
    auto findings = findings_.lock();
    std::optional<Error> refused = memory->refusal();
    if (!findings->error) findings->error = refused ? *std::move(refused) : std::move(error);
    failed_.store(true, std::memory_order_relaxed);
}

void QueryContext::block_failed(Error error) {
    if (error.code != ErrorCode::kCorruption) {
        fail(std::move(error));
        return;
    }
    warn("a damaged block was skipped: " + error.message);
    auto findings = findings_.lock();
    if (findings->damage) return;
    // Once a query: there may be thousands, and the warnings name more of them.
    log_warn("a query skipped a damaged block",
             {{"tenant", request.tenant.text()}, {"error", error.message}});
    findings->damage = std::move(error);
}

void QueryContext::warn(std::string text) {
    auto findings = findings_.lock();
    auto& warnings = findings->warnings;
    if (warnings.size() >= kWarningsMax) return;
    if (std::find(warnings.begin(), warnings.end(), text) != warnings.end()) return;
    warnings.push_back(std::move(text));
}

Result<void> QueryContext::outcome() {
    if (stop.was_seen()) return stop.error();
    auto findings = findings_.lock();
    if (findings->error) return *findings->error;
    if (findings->damage && !blocks_read_.load(std::memory_order_relaxed)) return *findings->damage;
    return {};
}

Result<void> QueryContext::damage() {
    auto findings = findings_.lock();
    if (findings->damage) return *findings->damage;
    return {};
}

std::vector<std::string> QueryContext::take_warnings() {
    auto findings = findings_.lock();
    return std::exchange(findings->warnings, {});
}

QueryStats QueryContext::total_stats() const {
    QueryStats total;
    for (const Slot& slot : slots) total += slot.stats;
    return total;
}

TimeNs add_times(TimeNs a, DurationNs b) noexcept {
    TimeNs sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? kTimeMax : kTimeMin;
    return sum;
}

TimeNs subtract_times(TimeNs a, DurationNs b) noexcept {
    TimeNs difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) return b > 0 ? kTimeMin : kTimeMax;
    return difference;
}

}  // namespace skald::read
