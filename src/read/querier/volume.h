// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time_buckets.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/index_querier.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace skald::read {

/// Adds the bytes of streams up by label set or label name, bucket by bucket.
/// Threading: single-owner.
class VolumeTable {
public:
    /// `request` must outlive the table.
    VolumeTable(const VolumeRequest& request, TimeBuckets buckets, std::size_t series_max);

    void add(const StreamPtr& stream, std::size_t bucket, double bytes);
    /// True if there are more series than allowed; what is added then is dropped.
    bool overflowed() const noexcept { return overflowed_; }
    /// The largest `limit` of each bucket, as a vector or matrix.
    QueryResponse finish() const;

private:
    /// Numbers of the series that a stream counts to.
    const std::vector<std::size_t>& series_of(const StreamPtr& stream);
    std::vector<Labels> keys_of(const Labels& labels) const;
    std::vector<std::vector<double>> kept() const;

    const VolumeRequest& request_;
    const TimeBuckets buckets_;
    const std::size_t series_max_;
    std::vector<std::string> names_;  ///< That a label set is reduced to; empty: all.
    std::unordered_map<StreamId, std::vector<std::size_t>> by_stream_;
    std::map<Labels, std::size_t> numbers_;
    std::vector<std::vector<double>> bytes_;  ///< [series][bucket]; negative: nothing there.
    bool overflowed_ = false;
};

}  // namespace skald::read
