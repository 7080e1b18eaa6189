// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/retention.h>
#include <skald/storage/store/retention_view.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald::storage {

/// Takes rows that are too old out of answers.
class RetentionView::Retention {
public:
    Retention(const LimitsSource& limits, const Clock& clock) : limits_(limits), clock_(clock) {}

    /// The selection without the time that nothing of the tenant is kept of.
    Selection narrowed(Selection selection) const {
        const DurationNs longest = longest_retention(*limits_.of(selection.tenant));
        selection.start = std::max(selection.start, kept_from(longest, clock_.wall_now()));
        return selection;
    }

    void trim(const TenantId& tenant, std::vector<Run>& runs) const {
        const std::shared_ptr<const Limits> limits = limits_.of(tenant);
        if (shortest_retention(*limits) == 0) return;
        const TimeNs now = clock_.wall_now();
        std::unordered_map<StreamId, TimeNs> bounds;
        std::erase_if(runs, [&](Run& run) {
            const auto [bound, is_new] = bounds.try_emplace(run.stream->id, 0);
            if (is_new) bound->second = kept_from(retention_of(*limits, run.stream->labels), now);
            if (run.min_time >= bound->second) return false;
            if (run.max_time < bound->second) return true;
            trim_begin(run, bound->second);
            return false;
        });
    }

    void drop_expired(const Selection& selection, std::vector<StreamPtr>& streams) const {
        const std::shared_ptr<const Limits> limits = limits_.of(selection.tenant);
        if (limits->retention_stream.empty()) return;
        const TimeNs now = clock_.wall_now();
        std::erase_if(streams, [&](const StreamPtr& stream) {
            return selection.end < kept_from(retention_of(*limits, stream->labels), now);
        });
    }

private:
    /// Rows of a run are in the order of time. What can't be read is left to the query to report.
    static void trim_begin(Run& run, TimeNs bound) {
        const Result<TimeColumn> times = run.block->times();
        const Result<OffsetColumn> offsets = run.block->offsets();
        if (!times || !offsets || run.row_end > times->values.size()) return;
        const auto begin = times->values.begin() + run.row_begin;
        const auto end = times->values.begin() + run.row_end;
        const auto first = std::lower_bound(begin, end, bound);
        if (first == end) return;
        run.row_begin += static_cast<std::uint32_t>(first - begin);
        run.min_time = *first;
        run.line_bytes = offsets->line_bytes(run.row_begin, run.row_end);
    }

    const LimitsSource& limits_;
    const Clock& clock_;
};

class RetentionView::Pin final : public MemtablePin {
public:
    Pin(std::shared_ptr<const MemtablePin> pin, const Retention& retention)
        : pin_(std::move(pin)), retention_(retention) {}

    const std::set<GenerationId>& generations() const override { return pin_->generations(); }
    Result<std::vector<Run>> select(const Selection& selection) const override {
        SKALD_TRY(std::vector<Run> runs, pin_->select(retention_.narrowed(selection)));
        retention_.trim(selection.tenant, runs);
        return runs;
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        SKALD_TRY(std::vector<StreamPtr> streams, pin_->streams(retention_.narrowed(selection)));
        retention_.drop_expired(selection, streams);
        return streams;
    }

private:
    std::shared_ptr<const MemtablePin> pin_;
    const Retention& retention_;
};

class RetentionView::Memtables final : public MemtableSource {
public:
    Memtables(const MemtableSource& source, const Retention& retention)
        : source_(source), retention_(retention) {}
    std::shared_ptr<const MemtablePin> pin(const TenantId& tenant) const override {
        return std::make_shared<Pin>(source_.pin(tenant), retention_);
    }

private:
    const MemtableSource& source_;
    const Retention& retention_;
};

class RetentionView::Segments final : public Store {
public:
    Segments(const Store& store, const Retention& retention)
        : store_(store), retention_(retention) {}

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
        SKALD_TRY(std::vector<Run> runs, store_.select(retention_.narrowed(selection), pinned));
        retention_.trim(selection.tenant, runs);
        return runs;
    }
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override {
        SKALD_TRY(std::vector<StreamPtr> streams, store_.streams(retention_.narrowed(selection)));
        retention_.drop_expired(selection, streams);
        return streams;
    }
    Totals totals() const override { return store_.totals(); }

private:
    const Store& store_;
    const Retention& retention_;
};

RetentionView::RetentionView(const MemtableSource& memtables, const Store& store,
                             const LimitsSource& limits, const Clock& clock)
    : retention_(std::make_unique<Retention>(limits, clock)),
      memtables_(std::make_unique<Memtables>(memtables, *retention_)),
      store_(std::make_unique<Segments>(store, *retention_)) {}

RetentionView::~RetentionView() = default;

const MemtableSource& RetentionView::memtables() const {
    return *memtables_;
}

const Store& RetentionView::store() const {
    return *store_;
}

}  // namespace skald::storage
