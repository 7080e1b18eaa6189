// SPDX-License-Identifier: Apache-2.0
#include "widest_label.h"

#include <skald/foundation/base/hash.h>

namespace skald::write {

void LabelWidths::add(const Labels& labels) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        values_[std::string(label.name)].insert(hash64(label.value));
    }
}

WidestLabel LabelWidths::widest() const {
    WidestLabel widest;
    for (const auto& [name, values] : values_) {
        const bool is_wider =
            values.size() > widest.values || (values.size() == widest.values && name < widest.name);
        if (is_wider) widest = {name, values.size()};
    }
    return widest;
}

}  // namespace skald::write
