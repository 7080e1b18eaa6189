// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memo_block.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/store/delete_filter.h>
#include <skald/storage/store/run_source.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace skald::storage {

/// Takes the rows of delete requests out of runs.
/// Threading: thread-safe.
class RunMask {
public:
    /// A run that is damaged is left out whole: what is to be deleted must not be shown.
    /// Errors: those of reading columns; those of the selection's memory.
    Result<void> hide(const PendingDeletes& deletes, const Selection& selection,
                      std::vector<Run>& runs);

private:
    /// A request, and rows of a block that it was asked about.
    using Key = std::tuple<const Block*, std::uint32_t, std::uint32_t, std::string>;
    using Rows = std::shared_ptr<const std::vector<std::uint32_t>>;
    struct Known {
        Key key;
        /// Tells another block at the same address.
        std::weak_ptr<const Block> block;
        Rows rows;
    };
    struct Cache {
        std::list<Known> known;  ///< Last used first.
        std::map<Key, std::list<Known>::iterator> places;
        std::size_t bytes = 0;
    };

    Result<void> cut(const std::vector<const PendingDelete*>& deletes, Run run,
                     const std::shared_ptr<const MemoBlock>& block, SelectionMemory& memory,
                     std::vector<Run>& out);
    Result<Rows> selected(const PendingDelete& pending, const Run& run,
                          const std::shared_ptr<const MemoBlock>& block, std::uint32_t begin,
                          std::uint32_t end);
    Rows find(const Key& key, const Run& run);
    void keep(const Key& key, const Run& run, const Rows& rows);

    Guarded<Cache> cache_;
};

}  // namespace skald::storage
