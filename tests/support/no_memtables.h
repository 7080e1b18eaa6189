// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/store/run_source.h>

#include <memory>

namespace skald::support {

/// For tests that look at segments only.
class NoMemtables final : public storage::MemtableSource {
public:
    std::shared_ptr<const storage::MemtablePin> pin(const TenantId&) const override {
        return nullptr;
    }
};

}  // namespace skald::support
