// SPDX-License-Identifier: Apache-2.0
#include "run_mask.h"

#include <skald/storage/store/row_view.h>

#include <utility>

namespace skald::storage {
namespace {

/// The requests of one moment.
class Deletion final : public Sight {
public:
    Deletion(std::shared_ptr<const PendingDeletes> deletes, std::shared_ptr<RunMask> mask)
        : deletes_(std::move(deletes)), mask_(std::move(mask)) {}

    Result<void> hide(const Selection& selection, std::vector<Run>& runs) const override {
        return mask_->hide(*deletes_, selection, runs);
    }
    Result<void> hide(const Selection&, std::vector<StreamPtr>&) const override { return {}; }

private:
    std::shared_ptr<const PendingDeletes> deletes_;
    std::shared_ptr<RunMask> mask_;
};

}  // namespace

RowView::SightOf hide_deleted(const DeleteSource& deletes) {
    return [&deletes, mask = std::make_shared<RunMask>()](const TenantId& tenant) {
        return std::make_shared<const Deletion>(deletes.pending(tenant), mask);
    };
}

}  // namespace skald::storage
