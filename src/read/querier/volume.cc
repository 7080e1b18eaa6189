// SPDX-License-Identifier: Apache-2.0
#include "volume.h"

#include <skald/foundation/base/bytes.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace skald::read {
namespace {

constexpr double kNone = -1;

}  // namespace

VolumeTable::VolumeTable(const VolumeRequest& request, TimeBuckets buckets, std::size_t series_max)
    : request_(request), buckets_(buckets), series_max_(series_max) {
    names_ = request.target_labels;
    if (names_.empty() && !request.by_label_names) {
        for (const Matcher& matcher : request.index.matchers) names_.push_back(matcher.name());
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

/// `labels` are by name, each once.
void VolumeTable::add_series(const std::vector<LabelView>& labels) {
    key_.clear();
    ByteWriter writer(key_);
    for (const LabelView& label : labels) {
        writer.text(label.name);
        writer.text(label.value);
    }
    // Stored streams come in label order: neighbours often count to one series.
    if (last_known_ != numbers_.end() && last_known_->first == key_) {
        current_.push_back(last_known_->second);
    } else if (const auto known = numbers_.find(key_); known != numbers_.end()) {
        last_known_ = known;
        current_.push_back(known->second);
    } else if (series_.size() < series_max_) {
        current_.push_back(series_.size());
        numbers_.emplace(key_, series_.size());
        last_known_ = numbers_.end();
        series_.push_back(Labels::from_views(labels));
        bytes_.resize(bytes_.size() + buckets_.size(), kNone);
    } else {
        overflowed_ = true;
    }
}

void VolumeTable::find_series(const Labels& labels) {
    current_.clear();
    views_.clear();
    if (names_.empty()) {
        for (std::size_t i = 0; i < labels.size(); ++i) views_.push_back(labels[i]);
    }
    for (const std::string& name : names_) {
        const auto value = labels.find(name);
        // Only streams that have all that is asked for count.
        if (!value && !request_.target_labels.empty()) return;
        if (value) views_.push_back({name, *value});
    }
    if (!request_.by_label_names) return add_series(views_);
    for (const LabelView& label : views_) add_series({{label.name, ""}});
}

void VolumeTable::add(const Stream& stream, std::size_t bucket, double bytes) {
    if (&stream != last_) {
        last_ = &stream;
        find_series(stream.labels);
    }
    for (const std::size_t series : current_) {
        double& sum = bytes_of(series, bucket);
        sum = std::max(sum, 0.0) + bytes;
    }
}

/// Takes out what is not among the largest of its bucket.
void VolumeTable::drop_small_ones() {
    if (series_.size() <= request_.limit) return;
    std::vector<std::size_t> order;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        order.clear();
        for (std::size_t i = 0; i < series_.size(); ++i) {
            if (bytes_of(i, bucket) >= 0) order.push_back(i);
        }
        if (order.size() <= request_.limit) continue;
        const auto dropped = order.begin() + static_cast<std::ptrdiff_t>(request_.limit);
        std::nth_element(order.begin(), dropped, order.end(), [&](std::size_t a, std::size_t b) {
            const double left = bytes_of(a, bucket);
            const double right = bytes_of(b, bucket);
            return left != right ? left > right : series_[a] < series_[b];
        });
        for (auto series = dropped; series != order.end(); ++series)
            bytes_of(*series, bucket) = kNone;
    }
}

QueryResponse VolumeTable::finish() {
    drop_small_ones();
    std::vector<Series> all;
    bool is_matrix = false;
    for (std::size_t number = 0; number < series_.size(); ++number) {
        Series series{.labels = {}, .samples = {}};
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            const double bytes = bytes_of(number, bucket);
            if (bytes < 0) continue;
            series.samples.push_back({buckets_.sample_ms(bucket), std::round(bytes)});
        }
        if (series.samples.empty()) continue;
        series.labels = std::move(series_[number]);
        is_matrix = is_matrix || series.samples.size() > 1;
        all.push_back(std::move(series));
    }
    std::sort(all.begin(), all.end(), [](const Series& a, const Series& b) {
        const double left = a.samples.front().value;
        const double right = b.samples.front().value;
        return left != right ? left > right : a.labels < b.labels;
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
