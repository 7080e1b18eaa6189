// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time_buckets.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/index_querier.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace skald::read {

/// Adds the bytes of streams up by label set or label name, bucket by bucket.
/// Threading: single-owner.
class VolumeTable {
public:
    /// `request` must outlive the table.
    VolumeTable(const VolumeRequest& request, TimeBuckets buckets, std::size_t series_max);

    /// Cheapest if the buckets of a stream come one after the other. The stream must live until
    /// the next call.
    void add(const Stream& stream, std::size_t bucket, double bytes);
    /// True if there are more series than allowed; what is added then is dropped.
    bool overflowed() const noexcept { return overflowed_; }
    /// The largest `limit` of each bucket, as a vector or matrix.
    QueryResponse finish();

private:
    using Numbers =
        std::unordered_map<std::string, std::size_t, TransparentStringHash, std::equal_to<>>;

    /// Sets current_ to the numbers of the series that a stream counts to.
    void find_series(const Labels& labels);
    void add_series(const std::vector<LabelView>& labels);
    void drop_small_ones();
    double& bytes_of(std::size_t series, std::size_t bucket) {
        return bytes_[series * buckets_.size() + bucket];
    }

    const VolumeRequest& request_;
    const TimeBuckets buckets_;
    const std::size_t series_max_;
    std::vector<std::string> names_;  ///< That a label set is reduced to; empty: all.
    const Stream* last_ = nullptr;
    std::vector<std::size_t> current_;  ///< Of the last stream.
    std::vector<LabelView> views_;
    std::string key_;
    Numbers numbers_;  ///< By names and values, as one text.
    Numbers::const_iterator last_known_ = numbers_.end();
    std::vector<Labels> series_;
    std::vector<double> bytes_;  ///< [series][bucket]; negative: nothing there.
    bool overflowed_ = false;
};

}  // namespace skald::read
