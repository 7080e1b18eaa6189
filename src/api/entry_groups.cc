// SPDX-License-Identifier: Apache-2.0
#include "entry_groups.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

namespace skald::api {

namespace {

void append_views(std::vector<LabelView>& views, const Labels& labels) {
    for (std::size_t i = 0; i < labels.size(); ++i) views.push_back(labels[i]);
}

Labels merged_labels(const Labels& stream, const read::LogRow& row) {
    std::vector<LabelView> views;
    views.reserve(stream.size() + row.metadata.size() + row.parsed.size());
    append_views(views, stream);
    append_views(views, row.metadata);
    append_views(views, row.parsed);
    return Labels::from_views(std::move(views));
}

class Grouping {
public:
    std::size_t group_of(Labels labels) {
        std::string text = labels.to_string();
        const auto [place, is_new] = by_text_.try_emplace(std::move(text), groups_.size());
        if (is_new)
            groups_.push_back(
                EntryGroup{.label_text = place->first, .labels = std::move(labels), .rows = {}});
        return place->second;
    }
    void add(std::size_t group, const read::LogRow& row) { groups_[group].rows.push_back(&row); }
    std::vector<EntryGroup> take() { return std::move(groups_); }

private:
    std::vector<EntryGroup> groups_;
    std::unordered_map<std::string, std::size_t> by_text_;
};

/// Rows of one stream mostly repeat the few label sets that the stream has, so the last ones seen
/// are compared before a merged set is built.
class RecentGroups {
public:
    std::size_t group_of(Grouping& grouping, const Labels& stream, const read::LogRow& row) {
        for (const Seen& seen : seen_) {
            if (seen.row->metadata == row.metadata && seen.row->parsed == row.parsed)
                return seen.group;
        }
        const std::size_t group = grouping.group_of(merged_labels(stream, row));
        if (seen_.size() < kSeenMax) {
            seen_.push_back({&row, group});
        } else {
            seen_[next_++ % kSeenMax] = {&row, group};
        }
        return group;
    }

private:
    struct Seen {
        const read::LogRow* row;
        std::size_t group;
    };
    static constexpr std::size_t kSeenMax = 4;
    std::vector<Seen> seen_;
    std::size_t next_ = 0;
};

/// Rows of several streams may have met in one group; rows of equal times keep their order.
void restore_order(std::vector<const read::LogRow*>& rows, read::Direction direction) {
    const auto before = [direction](const read::LogRow* a, const read::LogRow* b) {
        return direction == read::Direction::kForward ? a->time < b->time : a->time > b->time;
    };
    if (std::is_sorted(rows.begin(), rows.end(), before)) return;
    // libstdc++'s stable_sort warns about a function of its own, so the position is made part of
    // the key.
    std::vector<std::pair<const read::LogRow*, std::size_t>> placed;
    placed.reserve(rows.size());
    for (const read::LogRow* row : rows) placed.emplace_back(row, placed.size());
    std::sort(placed.begin(), placed.end(), [&before](const auto& a, const auto& b) {
        if (before(a.first, b.first)) return true;
        return !before(b.first, a.first) && a.second < b.second;
    });
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = placed[i].first;
}

}  // namespace

std::vector<EntryGroup> group_entries(const read::StreamsResult& result, read::Direction direction,
                                      bool categorize) {
    Grouping grouping;
    for (const read::LogStream& stream : result.streams) {
        if (stream.rows.empty()) continue;
        if (categorize) {
            const std::size_t group = grouping.group_of(stream.labels);
            for (const read::LogRow& row : stream.rows) grouping.add(group, row);
        } else {
            RecentGroups recent;
            for (const read::LogRow& row : stream.rows) {
                grouping.add(recent.group_of(grouping, stream.labels, row), row);
            }
        }
    }
    std::vector<EntryGroup> groups = grouping.take();
    for (EntryGroup& group : groups) restore_order(group.rows, direction);
    std::sort(groups.begin(), groups.end(),
              [](const EntryGroup& a, const EntryGroup& b) { return a.label_text < b.label_text; });
    return groups;
}

}  // namespace skald::api
