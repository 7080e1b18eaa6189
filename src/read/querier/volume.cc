// SPDX-License-Identifier: Apache-2.0
#include "volume.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace skald::read {
namespace {

constexpr double kNone = -1;

Labels reduced(const Labels& labels, const std::vector<std::string>& names) {
    std::vector<LabelView> views;
    for (const std::string& name : names) {
        if (const auto value = labels.find(name)) views.push_back({name, *value});
    }
    return Labels::from_views(std::move(views));
}

}  // namespace

VolumeTable::VolumeTable(const VolumeRequest& request, TimeBuckets buckets, std::size_t series_max)
    : request_(request), buckets_(buckets), series_max_(series_max) {
    names_ = request.target_labels;
    if (!names_.empty() || request.by_label_names) return;
    for (const Matcher& matcher : request.index.matchers) names_.push_back(matcher.name());
}

std::vector<Labels> VolumeTable::keys_of(const Labels& labels) const {
    for (const std::string& name : request_.target_labels) {
        if (labels.value_or_empty(name).empty()) return {};
    }
    if (!request_.by_label_names) return {names_.empty() ? labels : reduced(labels, names_)};
    std::vector<Labels> keys;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::string_view name = labels[i].name;
        const bool wanted =
            names_.empty() || std::find(names_.begin(), names_.end(), name) != names_.end();
        if (wanted) keys.push_back(Labels::from_views({{name, ""}}));
    }
    return keys;
}

const std::vector<std::size_t>& VolumeTable::series_of(const StreamPtr& stream) {
    const auto [at, added] = by_stream_.try_emplace(stream->id);
    if (!added) return at->second;
    for (Labels& key : keys_of(stream->labels)) {
        const auto known = numbers_.find(key);
        if (known != numbers_.end()) {
            at->second.push_back(known->second);
        } else if (numbers_.size() < series_max_) {
            at->second.push_back(bytes_.size());
            numbers_.emplace(std::move(key), bytes_.size());
            bytes_.emplace_back(buckets_.size(), kNone);
        } else {
            overflowed_ = true;
        }
    }
    return at->second;
}

void VolumeTable::add(const StreamPtr& stream, std::size_t bucket, double bytes) {
    for (const std::size_t series : series_of(stream)) {
        double& sum = bytes_[series][bucket];
        sum = std::max(sum, 0.0) + bytes;
    }
}

/// The table without what is not among the largest of its bucket.
std::vector<std::vector<double>> VolumeTable::kept() const {
    std::vector<std::vector<double>> kept = bytes_;
    if (kept.size() <= request_.limit) return kept;
    std::vector<const Labels*> labels(bytes_.size());
    for (const auto& [key, number] : numbers_) labels[number] = &key;
    std::vector<std::size_t> order;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        order.clear();
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            if (bytes_[i][bucket] >= 0) order.push_back(i);
        }
        if (order.size() <= request_.limit) continue;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const double left = bytes_[a][bucket];
            const double right = bytes_[b][bucket];
            return left != right ? left > right : *labels[a] < *labels[b];
        });
        for (std::size_t i = request_.limit; i < order.size(); ++i) kept[order[i]][bucket] = kNone;
    }
    return kept;
}

QueryResponse VolumeTable::finish() const {
    const std::vector<std::vector<double>> kept = this->kept();
    std::vector<Series> all;
    bool is_matrix = false;
    for (const auto& [labels, number] : numbers_) {
        Series series{.labels = labels, .samples = {}};
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            const double bytes = kept[number][bucket];
            if (bytes < 0) continue;
            series.samples.push_back({buckets_.sample_ms(bucket), std::round(bytes)});
        }
        if (series.samples.empty()) continue;
        is_matrix = is_matrix || series.samples.size() > 1;
        all.push_back(std::move(series));
    }
    // Already by labels.
    std::stable_sort(all.begin(), all.end(), [](const Series& a, const Series& b) {
        return a.samples.front().value > b.samples.front().value;
    });
    QueryResponse response;
    if (is_matrix) {
        response.data = MatrixResult{std::move(all)};
    } else {
        response.data = VectorResult{std::move(all)};
    }
    return response;
}

}  // namespace skald::read
