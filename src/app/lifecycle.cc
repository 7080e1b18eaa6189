// SPDX-License-Identifier: Apache-2.0
#include "lifecycle.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/telemetry/log.h>

#include <algorithm>

namespace skald::app {

void Lifecycle::add(Module module) {
    for (const std::string& need : module.needs) SKALD_ASSERT(knows(need));
    entries_.push_back({std::move(module), State::kNew, false});
}

bool Lifecycle::knows(const std::string& name) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return entry.module.name == name; });
}

void Lifecycle::want(const std::string& name) {
    for (Entry& entry : entries_) {
        if (entry.module.name != name || entry.wanted) continue;
        entry.wanted = true;
        for (const std::string& need : entry.module.needs) want(need);
    }
}

void Lifecycle::set_state(Entry& entry, State state) {
    std::lock_guard hold(mutex_);
    entry.state = state;
}

Result<void> Lifecycle::start(const std::vector<std::string>& wanted) {
    for (const std::string& name : wanted) {
        if (!knows(name))
            return Error{ErrorCode::kInvalidArgument, "unrecognised module name: " + name};
        want(name);
    }
    // Needs are added before those who need them, so the order of adding is an order of starting.
    for (Entry& entry : entries_) {
        if (!entry.wanted) continue;
        set_state(entry, State::kStarting);
        const Result<void> started = entry.module.start();
        if (!started) {
            set_state(entry, State::kFailed);
            stop();
            return Error{started.error().code,
                         "cannot start " + entry.module.name + ": " + started.error().message};
        }
        set_state(entry, State::kRunning);
        log_debug("module started", {{"module", entry.module.name}});
    }
    return {};
}

void Lifecycle::stop() {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (entry->state != State::kRunning) continue;
        set_state(*entry, State::kStopping);
        entry->module.stop();
        set_state(*entry, State::kTerminated);
        log_debug("module stopped", {{"module", entry->module.name}});
    }
}

std::vector<std::pair<std::string, std::string>> Lifecycle::states() const {
    static constexpr const char* kNames[] = {"New",      "Starting",   "Running",
                                             "Stopping", "Terminated", "Failed"};
    std::lock_guard hold(mutex_);
    std::vector<std::pair<std::string, std::string>> states;
    for (const Entry& entry : entries_)
        if (entry.wanted)
            states.emplace_back(entry.module.name, kNames[static_cast<std::size_t>(entry.state)]);
    return states;
}

}  // namespace skald::app
