// SPDX-License-Identifier: Apache-2.0
#include "label_fingerprint.h"

#include <skald/foundation/base/hash.h>

namespace skald::read {

std::uint64_t fingerprint(const Labels& labels, std::string& scratch) {
    scratch.clear();
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        scratch.append(label.name).push_back('\xFF');
        scratch.append(label.value).push_back('\xFF');
    }
    return xxh64(scratch);
}

}  // namespace skald::read
