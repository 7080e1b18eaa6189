// SPDX-License-Identifier: Apache-2.0
#include "stream_lists.h"

#include "tenant_scope.h"

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

Result<void> add_streams(std::vector<StreamPtr>& found, const storage::MemtableSource& memtables,
                         const storage::Store& store, const storage::Selection& selection,
                         const std::vector<TenantId>& more_tenants) {
    SKALD_TRY(const std::vector<storage::Selection> selections,
              split_by_tenant(selection, more_tenants));
    for (const storage::Selection& one : selections) {
        // A generation that is published between the two calls is seen twice: it does no harm here.
        SKALD_TRY(std::vector<StreamPtr> streams, memtables.pin(one.tenant)->streams(one));
        SKALD_TRY(const std::vector<StreamPtr> stored, store.streams(one));
        streams.insert(streams.end(), stored.begin(), stored.end());
        TenantStreamNames names(one.tenant);
        for (StreamPtr& stream : streams)
            found.push_back(more_tenants.empty() ? std::move(stream) : names.of(stream));
    }
    return {};
}

}  // namespace

Result<std::vector<StreamPtr>> matching_streams(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const Querier::MetadataRequest& request) {
    std::vector<std::vector<Matcher>> selectors = request.selectors;
    if (selectors.empty()) selectors.emplace_back();
    std::vector<StreamPtr> found;
    for (std::vector<Matcher>& matchers : selectors) {
        const storage::Selection selection{.tenant = request.tenant,
                                           .matchers = std::move(matchers),
                                           .start = request.start,
                                           .end = request.end};
        SKALD_CHECK(add_streams(found, memtables, store, selection, request.more_tenants));
    }
    return found;
}

void sort_unique(std::vector<StreamPtr>& streams) {
    std::unordered_set<StreamId> seen;
    seen.reserve(streams.size());
    std::erase_if(streams,
                  [&](const StreamPtr& stream) { return !seen.insert(stream->id).second; });
    std::sort(streams.begin(), streams.end(),
              [](const StreamPtr& a, const StreamPtr& b) { return a->labels < b->labels; });
}

std::vector<std::string> names_of(const std::vector<StreamPtr>& streams) {
    std::unordered_set<std::string_view> names;
    const Labels* before = nullptr;
    for (const StreamPtr& stream : streams) {
        const Labels& labels = stream->labels;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::string_view name = labels[i].name;
            // Most streams have the same names as the one before.
            const bool is_known =
                before != nullptr && i < before->size() && (*before)[i].name == name;
            if (!is_known) names.insert(name);
        }
        before = &labels;
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
