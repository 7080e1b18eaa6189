// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoded_block.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/store/delete_filter.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace skald::storage {

/// What a merge leaves out of a stream's rows.
struct RowCut {
    StreamPtr stream;
    TimeNs keep_from = 0;                       ///< Older rows have expired.
    std::vector<const PendingDelete*> deletes;  ///< Requests that take the stream.

    /// Requests that may take rows of the run.
    std::vector<const PendingDelete*> touching(const RunEntry& run) const;
    /// True if all rows of the run are taken, going by times alone.
    bool takes_all(const RunEntry& run) const;
};

/// The rows of [begin, end) of the run that the cut's requests take, ascending, each once.
/// Errors: those of the requests' queries.
Result<std::vector<std::uint32_t>> deleted_rows(const RowCut& cut, const RunEntry& run,
                                                const std::shared_ptr<const DecodedBlock>& block,
                                                std::uint32_t begin, std::uint32_t end);

}  // namespace skald::storage
