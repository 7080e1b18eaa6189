// SPDX-License-Identifier: Apache-2.0
#include "stream_lists.h"

#include "tenant_scope.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_order.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace skald::read {
namespace {

/// Lets through what it has not seen lately: labels with few values would else fill long lists.
class RecentTexts {
public:
    bool is_new(std::string_view text) {
        std::string_view& place = places_[hash64(text) % places_.size()];
        if (place.data() != nullptr && place == text) return false;
        place = text;
        return true;
    }

private:
    std::array<std::string_view, 1024> places_{};
};

std::vector<std::string> sorted(const std::vector<std::string_view>& texts) {
    std::vector<std::string> list;
    for (const std::uint32_t index : text_order(texts)) {
        if (list.empty() || list.back() != texts[index]) list.emplace_back(texts[index]);
    }
    return list;
}

/// Text whose bytes have the order of label sets: a zero ends each name and value, so that a
/// shorter one comes first; bytes 0 and 1 inside them become two each.
void append_order_key(std::string& key, const Labels& labels) {
    const auto append = [&key](std::string_view text) {
        const auto is_low = [](char c) { return c == 0 || c == 1; };
        if (std::none_of(text.begin(), text.end(), is_low)) {
            key.append(text);
        } else {
            for (const char c : text) {
                if (is_low(c)) key.push_back('\1');
                key.push_back(is_low(c) ? static_cast<char>(c + 1) : c);
            }
        }
        key.push_back('\0');
    };
    for (std::size_t i = 0; i < labels.size(); ++i) {
        append(labels[i].name);
        append(labels[i].value);
    }
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
    std::string keys;
    std::vector<std::size_t> ends;
    ends.reserve(streams.size());
    for (const StreamPtr& stream : streams) {
        append_order_key(keys, stream->labels);
        ends.push_back(keys.size());
    }
    std::vector<std::string_view> views;
    views.reserve(streams.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        views.push_back(std::string_view(keys).substr(begin, end - begin));
        begin = end;
    }
    std::vector<StreamPtr> list;
    list.reserve(streams.size());
    std::optional<std::string_view> last;
    for (const std::uint32_t index : text_order(views)) {
        if (last && *last == views[index]) continue;
        last = views[index];
        list.push_back(std::move(streams[index]));
    }
    streams = std::move(list);
}

std::vector<std::string> names_of(const std::vector<StreamPtr>& streams) {
    RecentTexts recent;
    std::vector<std::string_view> names;
    const Labels* before = nullptr;
    for (const StreamPtr& stream : streams) {
        const Labels& labels = stream->labels;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::string_view name = labels[i].name;
            // Most streams have the same names as the one before.
            const bool is_known =
                before != nullptr && i < before->size() && (*before)[i].name == name;
            if (!is_known && recent.is_new(name)) names.push_back(name);
        }
        before = &labels;
    }
    return sorted(names);
}

std::vector<std::string> values_of(const std::vector<StreamPtr>& streams, std::string_view name) {
    RecentTexts recent;
    std::vector<std::string_view> values;
    for (const StreamPtr& stream : streams) {
        const auto value = stream->labels.find(name);
        if (value && recent.is_new(*value)) values.push_back(*value);
    }
    return sorted(values);
}

}  // namespace skald::read
