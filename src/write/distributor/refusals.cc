// SPDX-License-Identifier: Apache-2.0
#include "refusals.h"

#include <skald/foundation/base/hash.h>

#include <utility>

namespace skald::write {

void Refusals::add(std::string_view message) {
    const std::uint64_t hash = hash64(message);
    for (Group& group : groups_) {
        if (group.hash != hash || group.message != message) continue;
        ++group.count;
        return;
    }
    if (groups_.size() >= kGroupsMax || bytes_ >= kBytesMax) {
        ++others_;
        return;
    }
    bytes_ += message.size();
    groups_.push_back({hash, 1, std::string(message)});
}

Error Refusals::error() const {
    if (groups_.size() == 1 && groups_.front().count == 1 && others_ == 0)
        return {ErrorCode::kInvalidArgument, groups_.front().message};
    std::string text;
    for (const Group& group : groups_) {
        if (!text.empty()) text += "; ";
        text += std::to_string(group.count) + " errors like: " + group.message;
    }
    if (others_ > 0) text += "; and " + std::to_string(others_) + " other errors";
    return {ErrorCode::kInvalidArgument, std::move(text)};
}

}  // namespace skald::write
