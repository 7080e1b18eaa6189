// SPDX-License-Identifier: Apache-2.0
#include "run_mask.h"

#include <skald/storage/store/deletion_view.h>

#include <utility>
#include <vector>

// The requests are always taken before the rows: a request that is processed in between has no rows
// any more in what is found later, while rows found first would be shown.
namespace skald::storage {

class DeletionView::Pin final : public MemtablePin {
public:
    Pin(std::shared_ptr<const PendingDeletes> deletes, std::shared_ptr<const MemtablePin> pin,
        RunMask& mask)
        : deletes_(std::move(deletes)), pin_(std::move(pin)), mask_(mask) {}

    const std::set<GenerationId>& generations() const override { return pin_->generations(); }
    Result<std::vector<Run>> select(const Selection& selection) const override {
        SKALD_TRY(std::vector<Run> runs, pin_->select(selection));
        mask_.hide(*deletes_, selection, runs);
        return runs;
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        return pin_->streams(selection);
    }

private:
    std::shared_ptr<const PendingDeletes> deletes_;
    std::shared_ptr<const MemtablePin> pin_;
    RunMask& mask_;
};

class DeletionView::Memtables final : public MemtableSource {
public:
    Memtables(const MemtableSource& source, const DeleteSource& deletes, RunMask& mask)
        : source_(source), deletes_(deletes), mask_(mask) {}
    std::shared_ptr<const MemtablePin> pin(const TenantId& tenant) const override {
        std::shared_ptr<const PendingDeletes> deletes = deletes_.pending(tenant);
        return std::make_shared<Pin>(std::move(deletes), source_.pin(tenant), mask_);
    }

private:
    const MemtableSource& source_;
    const DeleteSource& deletes_;
    RunMask& mask_;
};

class DeletionView::Segments final : public Store {
public:
    Segments(const Store& store, const DeleteSource& deletes, RunMask& mask)
        : store_(store), deletes_(deletes), mask_(mask) {}

    Result<void> publish(const GenerationId&, const Fill&) override {
        return Error{ErrorCode::kNotSupported, "a view of the store takes no segments"};
    }
    Result<bool> has_generation(const GenerationId& generation) const override {
        return store_.has_generation(generation);
    }
    Result<std::uint64_t> last_generation(const std::string& instance) const override {
        return store_.last_generation(instance);
    }
    Result<std::vector<Run>> select(const Selection& selection,
                                    const std::set<GenerationId>& pinned) const override {
        const std::shared_ptr<const PendingDeletes> deletes = deletes_.pending(selection.tenant);
        SKALD_TRY(std::vector<Run> runs, store_.select(selection, pinned));
        mask_.hide(*deletes, selection, runs);
        return runs;
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        return store_.streams(selection);
    }
    Totals totals() const override { return store_.totals(); }

private:
    const Store& store_;
    const DeleteSource& deletes_;
    RunMask& mask_;
};

DeletionView::DeletionView(const MemtableSource& memtables, const Store& store,
                           const DeleteSource& deletes)
    : mask_(std::make_unique<RunMask>()),
      memtables_(std::make_unique<Memtables>(memtables, deletes, *mask_)),
      store_(std::make_unique<Segments>(store, deletes, *mask_)) {}

DeletionView::~DeletionView() = default;

const MemtableSource& DeletionView::memtables() const {
    return *memtables_;
}

const Store& DeletionView::store() const {
    return *store_;
}

}  // namespace skald::storage
