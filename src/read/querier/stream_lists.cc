// SPDX-License-Identifier: Apache-2.0
#include "stream_lists.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace skald::read {
namespace {

std::vector<std::string> sorted(const std::unordered_set<std::string_view>& texts) {
    std::vector<std::string> list(texts.begin(), texts.end());
    std::sort(list.begin(), list.end());
    return list;
}

}  // namespace

Result<std::vector<StreamPtr>> matching_streams(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const Querier::MetadataRequest& request) {
    std::vector<std::vector<Matcher>> selectors = request.selectors;
    if (selectors.empty()) selectors.emplace_back();
    // A generation that is published between the two calls is seen twice, which does no harm here.
    const std::shared_ptr<const storage::MemtablePin> pin = memtables.pin(request.tenant);
    std::vector<StreamPtr> found;
    for (std::vector<Matcher>& matchers : selectors) {
        const storage::Selection selection{.tenant = request.tenant,
                                           .matchers = std::move(matchers),
                                           .start = request.start,
                                           .end = request.end};
        SKALD_TRY(std::vector<StreamPtr> in_memory, pin->streams(selection));
        SKALD_TRY(std::vector<StreamPtr> stored, store.streams(selection));
        found.insert(found.end(), in_memory.begin(), in_memory.end());
        found.insert(found.end(), stored.begin(), stored.end());
    }
    std::unordered_set<StreamId> seen;
    std::erase_if(found, [&](const StreamPtr& stream) { return !seen.insert(stream->id).second; });
    std::sort(found.begin(), found.end(),
              [](const StreamPtr& a, const StreamPtr& b) { return a->labels < b->labels; });
    return found;
}

std::vector<std::string> names_of(const std::vector<StreamPtr>& streams) {
    std::unordered_set<std::string_view> names;
    for (const StreamPtr& stream : streams) {
        for (std::size_t i = 0; i < stream->labels.size(); ++i) {
            names.insert(stream->labels[i].name);
        }
    }
    return sorted(names);
}

std::vector<std::string> values_of(const std::vector<StreamPtr>& streams, std::string_view name) {
    std::unordered_set<std::string_view> values;
    for (const StreamPtr& stream : streams) {
        if (const auto value = stream->labels.find(name)) values.insert(*value);
    }
    return sorted(values);
}

}  // namespace skald::read
