// SPDX-License-Identifier: Apache-2.0
#include "targets.h"

#include <algorithm>
#include <array>

namespace skald::app {

namespace {

struct Target {
    std::string_view name;
    std::vector<std::string> modules;
};

const std::vector<Target>& targets() {
    static const std::vector<Target> table = {
        {"all", {"distributor", "ingester", "querier", "compactor", "ruler"}},
        {"write", {"distributor", "ingester"}},
        {"read", {"querier"}},
        {"distributor", {"distributor"}},
        {"ingester", {"ingester"}},
        {"backend", {"compactor", "ruler"}},
        {"ruler", {"ruler"}},
        {"querier", {"querier"}},
        {"compactor", {"compactor"}},
        // The querier answers for both here: queries are split and queued inside it.
        {"query-frontend", {"querier"}},
    };
    return table;
}

/// Names of Loki's targets that have nothing behind them in this version.
constexpr std::array<std::string_view, 6> kNotServed = {
    "query-scheduler", "index-gateway", "table-manager", "pattern-ingester", "bloom-gateway", "ui"};

Error not_served(std::string_view name) {
    return {ErrorCode::kInvalidArgument,
            "-target: " + std::string(name) +
                " is not served by this version; it runs all, read, write, backend, "
                "distributor, ingester, querier, compactor, ruler"};
}

}  // namespace

Result<std::vector<std::string>> modules_of_target(std::string_view target) {
    std::vector<std::string> modules;
    std::size_t begin = 0;
    while (begin <= target.size()) {
        const std::size_t comma = std::min(target.find(',', begin), target.size());
        const std::string_view name = target.substr(begin, comma - begin);
        begin = comma + 1;
        const auto found =
            std::find_if(targets().begin(), targets().end(),
                         [&](const Target& candidate) { return candidate.name == name; });
        if (found == targets().end()) {
            if (std::find(kNotServed.begin(), kNotServed.end(), name) != kNotServed.end())
                return not_served(name);
            return Error{ErrorCode::kInvalidArgument,
                         "-target: unrecognised module name: " + std::string(name)};
        }
        modules.insert(modules.end(), found->modules.begin(), found->modules.end());
    }
    return modules;
}

std::string list_targets() {
    std::string text;
    for (const Target& target : targets()) {
        text += std::string(target.name) + "\n";
        for (const std::string& module : target.modules)
            if (module != target.name) text += "  " + module + "\n";
    }
    return text;
}

}  // namespace skald::app
