// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace skald::app {

/// A part of the server that is started and stopped as a whole.
struct Module {
    std::string name;
    std::vector<std::string> needs;  ///< Started before it, stopped after it.
    std::function<Result<void>()> start;
    std::function<void()> stop;
};

/// Starts the modules that a target wants, with all that they need, in dependency order, and stops
/// them in the reverse one.
/// Threading: `add`, `start` and `stop` from one thread; `states` from any.
class Lifecycle {
public:
    /// Requires: what `needs` names was added before.
    void add(Module module);
    /// Starts `wanted` and what they need. If one fails, those already started are stopped and its
    /// error is returned with the module's name in front.
    Result<void> start(const std::vector<std::string>& wanted);
    /// Stops what runs. Calling it again does nothing.
    void stop();

    /// Names and states (New, Starting, Running, Stopping, Terminated, Failed) of the wanted
    /// modules.
    std::vector<std::pair<std::string, std::string>> states() const;
    bool knows(const std::string& name) const;

private:
    enum class State { kNew, kStarting, kRunning, kStopping, kTerminated, kFailed };
    struct Entry {
        Module module;
        State state = State::kNew;
        bool wanted = false;
    };

    void want(const std::string& name);
    void set_state(Entry& entry, State state);

    mutable std::mutex mutex_;  ///< Guards the states; modules start and stop outside it.
    std::vector<Entry> entries_;
};

}  // namespace skald::app
