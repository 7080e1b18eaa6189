// SPDX-License-Identifier: Apache-2.0
#include <skald/storage/store/row_view.h>

#include <type_traits>
#include <utility>

namespace skald::storage {
namespace {

/// What the sight leaves of what `find(selection)` finds.
template <class Find>
auto seen(const Sight& sight, const Selection& selection, Find find) -> decltype(find(selection)) {
    const Selection narrowed = sight.narrowed(selection);
    if (narrowed.start > narrowed.end) return std::remove_cvref_t<decltype(*find(selection))>();
    SKALD_TRY(auto found, find(narrowed));
    SKALD_CHECK(sight.hide(selection, found));
    return found;
}

}  // namespace

class RowView::Pin final : public MemtablePin {
public:
    Pin(std::shared_ptr<const Sight> sight, std::shared_ptr<const MemtablePin> pin)
        : sight_(std::move(sight)), pin_(std::move(pin)) {}

    const std::set<GenerationId>& generations() const override { return pin_->generations(); }
    Result<std::vector<Run>> select(const Selection& selection) const override {
        return seen(*sight_, selection, [&](const Selection& all) { return pin_->select(all); });
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        return seen(*sight_, selection, [&](const Selection& all) { return pin_->streams(all); });
    }

private:
    std::shared_ptr<const Sight> sight_;
    std::shared_ptr<const MemtablePin> pin_;
};

class RowView::Memtables final : public MemtableSource {
public:
    Memtables(const MemtableSource& source, const SightOf& sight_of)
        : source_(source), sight_of_(sight_of) {}
    std::shared_ptr<const MemtablePin> pin(const TenantId& tenant) const override {
        std::shared_ptr<const Sight> sight = sight_of_(tenant);
        return std::make_shared<Pin>(std::move(sight), source_.pin(tenant));
    }

private:
    const MemtableSource& source_;
    const SightOf& sight_of_;
};

class RowView::Segments final : public Store {
public:
    Segments(const Store& store, const SightOf& sight_of) : store_(store), sight_of_(sight_of) {}

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
        const std::shared_ptr<const Sight> sight = sight_of_(selection.tenant);
        return seen(*sight, selection,
                    [&](const Selection& all) { return store_.select(all, pinned); });
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        const std::shared_ptr<const Sight> sight = sight_of_(selection.tenant);
        return seen(*sight, selection, [&](const Selection& all) { return store_.streams(all); });
    }
    Totals totals() const override { return store_.totals(); }

private:
    const Store& store_;
    const SightOf& sight_of_;
};

RowView::RowView(const MemtableSource& memtables, const Store& store, SightOf sight_of)
    : sight_of_(std::move(sight_of)),
      memtables_(std::make_unique<Memtables>(memtables, sight_of_)),
      store_(std::make_unique<Segments>(store, sight_of_)) {}

RowView::~RowView() = default;

const MemtableSource& RowView::memtables() const {
    return *memtables_;
}

const Store& RowView::store() const {
    return *store_;
}

}  // namespace skald::storage
