// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// Some lines of a batch, copied. Threading: single-owner.
struct SampledLines {
    struct Line {
        std::uint32_t stream = 0;  ///< Into streams.
        TimeNs time = 0;
        std::uint32_t begin = 0;  ///< Into text: the level, then the line.
        std::uint32_t level_size = 0;
        std::uint32_t size = 0;
    };

    TenantId tenant;
    std::uint32_t weight = 1;  ///< Lines that each stands for.
    std::vector<StreamPtr> streams;
    std::vector<Line> lines;
    std::string text;

    std::string_view level(const Line& line) const {
        return std::string_view(text).substr(line.begin, line.level_size);
    }
    std::string_view line(const Line& line) const {
        return std::string_view(text).substr(line.begin + line.level_size, line.size);
    }
    std::size_t bytes() const { return text.size() + lines.size() * sizeof(Line) + 128; }

    /// Every `weight`-th line of the batch, from `first` on; of long lines the beginning.
    static SampledLines of(const cluster::StreamBatch& batch, std::uint32_t weight,
                           std::uint32_t first);
};

}  // namespace skald::write
