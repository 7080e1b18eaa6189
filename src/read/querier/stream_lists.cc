// SPDX-License-Identifier: Apache-2.0
#include "stream_lists.h"

#include "tenant_scope.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_order.h>
#include <skald/storage/store/keep_each_once.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace skald::read {
namespace {

/// Texts of the streams, each in the end once.
class TextList {
public:
    explicit TextList(Allowance& allowance) : allowance_(allowance) {}

    /// False if the list is to end.
    bool add(std::string_view text) {
        // What was seen lately: labels with few values would else fill a long list.
        std::string_view& recent = recent_[hash64(text) % recent_.size()];
        if (recent.data() != nullptr && recent == text) return allowance_.goes_on();
        recent = text;
        texts_.push_back(text);
        return allowance_.take(kTextBytes + text.size());
    }
    std::vector<std::string> sorted() const {
        std::vector<std::string> list;
        for (const std::uint32_t index : text_order(texts_)) {
            if (list.empty() || list.back() != texts_[index]) list.emplace_back(texts_[index]);
        }
        return list;
    }

private:
    /// The view, its number in the order, and the string.
    static constexpr std::size_t kTextBytes =
        sizeof(std::string_view) + 2 * sizeof(std::uint64_t) + sizeof(std::string);

    Allowance& allowance_;
    std::array<std::string_view, 1024> recent_{};
    std::vector<std::string_view> texts_;
};

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

/// Behind the stored streams, which are in label order, those that are in memory only: mostly few,
/// and then little is left to sort.
void append_new(std::vector<StreamPtr>& stored, const std::vector<StreamPtr>& fresh) {
    const bool in_both = !stored.empty() && !fresh.empty();
    stored.insert(stored.end(), fresh.begin(), fresh.end());
    if (in_both) storage::keep_each_once(stored);
}

Result<void> add_streams(std::vector<StreamPtr>& found, const storage::MemtableSource& memtables,
                         const storage::Store& store, const storage::Selection& selection,
                         const std::vector<TenantId>& more_tenants, Allowance& allowance) {
    SKALD_TRY(const std::vector<storage::Selection> selections,
              split_by_tenant(selection, more_tenants));
    for (const storage::Selection& one : selections) {
        // A generation that is published between the two calls is seen twice: it does no harm here.
        SKALD_TRY(const std::vector<StreamPtr> fresh, memtables.pin(one.tenant)->streams(one));
        SKALD_TRY(std::vector<StreamPtr> streams, store.streams(one));
        // Three lists have them for a moment, two of them the stored ones.
        if (!allowance.take_large((fresh.size() + streams.size()) * storage::kListedStreamBytes))
            return *allowance.refusal();
        append_new(streams, fresh);
        TenantStreamNames names(one.tenant);
        for (StreamPtr& stream : streams)
            found.push_back(more_tenants.empty() ? std::move(stream) : names.of(stream));
    }
    return {};
}

}  // namespace

Result<std::vector<StreamPtr>> matching_streams(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const Querier::MetadataRequest& request,
                                                Allowance& allowance) {
    std::vector<std::vector<Matcher>> selectors = request.selectors;
    if (selectors.empty()) selectors.emplace_back();
    std::vector<StreamPtr> found;
    for (std::vector<Matcher>& matchers : selectors) {
        const storage::Selection selection{
            .tenant = request.tenant,
            .matchers = std::move(matchers),
            .start = request.start,
            .end = request.end,
            .take_memory = [&](std::uint64_t bytes) { return allowance.take_large(bytes); }};
        const Result<void> added =
            add_streams(found, memtables, store, selection, request.more_tenants, allowance);
        if (!added) return allowance.refusal().value_or(added.error());
    }
    return found;
}

Result<void> sort_unique(std::vector<StreamPtr>& streams, Allowance& allowance) {
    std::string keys;
    std::vector<std::size_t> ends;
    ends.reserve(streams.size());
    for (const StreamPtr& stream : streams) {
        // While they are sorted, their labels are there once more.
        if (!allowance.take(stream->labels.heap_bytes() + 2 * sizeof(Labels)))
            return *allowance.refusal();
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
    return {};
}

Result<std::vector<std::string>> names_of(const std::vector<StreamPtr>& streams,
                                          Allowance& allowance) {
    TextList names(allowance);
    const Labels* before = nullptr;
    for (const StreamPtr& stream : streams) {
        if (!allowance.goes_on()) return *allowance.refusal();
        const Labels& labels = stream->labels;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::string_view name = labels[i].name;
            // Most streams have the same names as the one before.
            const bool is_known =
                before != nullptr && i < before->size() && (*before)[i].name == name;
            if (!is_known && !names.add(name)) return *allowance.refusal();
        }
        before = &labels;
    }
    return names.sorted();
}

Result<std::vector<std::string>> values_of(const std::vector<StreamPtr>& streams,
                                           std::string_view name, Allowance& allowance) {
    TextList values(allowance);
    for (const StreamPtr& stream : streams) {
        const auto value = stream->labels.find(name);
        if (value && !values.add(*value)) return *allowance.refusal();
    }
    return values.sorted();
}

}  // namespace skald::read
