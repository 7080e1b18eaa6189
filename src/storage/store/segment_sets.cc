// SPDX-License-Identifier: Apache-2.0
#include "segment_sets.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace skald::storage {

namespace {

struct SegmentSet {
    std::vector<std::string> members;
    std::set<std::string> inputs;
    std::vector<SegmentId> present;  ///< Members that are there and can be read.
};

/// By the name of the first member, so that the set with the lowest id comes first.
std::map<std::string, SegmentSet> sets_of(const std::vector<CatalogSegment>& readable) {
    std::map<std::string, SegmentSet> sets;
    for (const CatalogSegment& segment : readable) {
        if (segment.members.empty() && segment.replaces.empty()) continue;
        std::vector<std::string> members = segment.members;
        if (members.empty()) members.push_back(segment.id.text);
        SegmentSet& set = sets[members.front()];
        set.members = std::move(members);
        set.inputs.insert(segment.replaces.begin(), segment.replaces.end());
        set.present.push_back(segment.id);
    }
    return sets;
}

bool is_input_missing(const SegmentSet& set, const std::set<SegmentId>& listed) {
    return std::any_of(set.inputs.begin(), set.inputs.end(),
                       [&](const std::string& input) { return !listed.contains({input}); });
}

}  // namespace

SetVerdict judge_sets(const std::vector<CatalogSegment>& readable,
                      const std::set<SegmentId>& listed) {
    SetVerdict verdict;
    std::set<std::string> taken;
    for (const auto& [name, set] : sets_of(readable)) {
        // Inputs are removed only after their set was whole, so a missing one says that it was.
        const bool was_whole = is_input_missing(set, listed);
        const bool is_whole = was_whole || set.present.size() == set.members.size();
        const bool is_lost = !was_whole && std::any_of(set.inputs.begin(), set.inputs.end(),
                                                       [&](const std::string& input) {
                                                           return taken.contains(input);
                                                       });
        if (!is_whole || is_lost) {
            verdict.leftovers.insert(set.present.begin(), set.present.end());
            continue;
        }
        taken.insert(set.inputs.begin(), set.inputs.end());
        for (const std::string& input : set.inputs) {
            if (listed.contains({input})) verdict.hidden.insert({input});
        }
    }
    return verdict;
}

}  // namespace skald::storage
