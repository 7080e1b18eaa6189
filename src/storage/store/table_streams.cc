// SPDX-License-Identifier: Apache-2.0
#include "table_streams.h"

#include <utility>

namespace skald::storage {

namespace {

// Control block and the allocator's rounding, about.
constexpr std::size_t kOverheadBytes = 32;

}  // namespace

TableStreams::TableStreams(ReadContext& context, const TenantId& tenant)
    : pool_(context.pool), tenant_(tenant), source_(context.active_streams.lock()->lock()) {}

StreamPtr TableStreams::active(const StreamId& id) {
    StreamPtr found = source_ ? source_->find(tenant_, id) : nullptr;
    if (found) bytes_ += sizeof(Stream) + found->labels.heap_bytes() + kOverheadBytes;
    return found;
}

StreamPtr TableStreams::of(Stream stream) {
    if (StreamPtr found = active(stream.id)) return found;
    return pool_.intern(std::move(stream));
}

StreamPtr TableStreams::of(const StreamPtr& stream) {
    if (StreamPtr found = active(stream->id)) return found;
    return pool_.intern(*stream);
}

}  // namespace skald::storage
