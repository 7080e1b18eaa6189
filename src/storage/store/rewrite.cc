// SPDX-License-Identifier: Apache-2.0
#include "region.h"
#include "segment_store.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

// "Removing and replacing segments" of docs/formats/commit.md.
namespace skald::storage {

namespace {

Error not_an_input(const SegmentId& segment, std::string_view why) {
    return {ErrorCode::kInvalidArgument, segment.text + " can't be replaced: " + std::string(why)};
}

/// All generations of the inputs, each once, in order.
std::vector<GenerationId> generations_of(const std::vector<CatalogSegment>& inputs) {
    std::set<GenerationId> all;
    for (const CatalogSegment& input : inputs)
        all.insert(input.generations.begin(), input.generations.end());
    return {all.begin(), all.end()};
}

GenerationId newest_of(const std::vector<GenerationId>& generations) {
    GenerationId newest;
    for (const GenerationId& generation : generations) {
        if (std::tie(generation.number, generation.instance) >=
            std::tie(newest.number, newest.instance))
            newest = generation;
    }
    return newest;
}

}  // namespace

Result<std::vector<StoredSegment>> SegmentStore::segments() const {
    SKALD_TRY(std::vector<CatalogSegment> known, catalog_.described());
    const Listing sizes = sizes_.with([](const Listing& listing) { return listing; });
    std::vector<StoredSegment> visible;
    for (CatalogSegment& segment : known) {
        const auto size = sizes.find(segment.id);
        if (segment.is_hidden || size == sizes.end()) continue;
        StoredSegment stored;
        stored.is_settled =
            std::none_of(segment.replaces.begin(), segment.replaces.end(),
                         [&](const std::string& replaced) { return sizes.contains({replaced}); });
        stored.id = std::move(segment.id);
        stored.level = segment.level;
        stored.stored_bytes = size->second;
        stored.generations = std::move(segment.generations);
        stored.applied_deletes = std::move(segment.applied_deletes);
        stored.regions = std::move(segment.regions);
        visible.push_back(std::move(stored));
    }
    return visible;
}

SegmentRewriter::Footprint SegmentStore::footprint() const {
    const std::lock_guard hold(hiding_);
    Listing sizes = sizes_.with([](const Listing& listing) { return listing; });
    leftovers_.with([&](const std::set<SegmentId>& leftovers) {
        for (const SegmentId& leftover : leftovers) sizes.erase(leftover);
    });
    Footprint all;
    for (const auto& [segment, bytes] : sizes) all.bytes += bytes;
    retired_.with([&](const std::vector<Retired>& retired) {
        for (const Retired& each : retired) {
            const auto size = sizes.find(each.segment);
            all.hidden_bytes += size == sizes.end() ? 0 : size->second;
        }
    });
    return all;
}

Result<Buffer> SegmentStore::read(const SegmentId& segment, std::uint64_t offset,
                                  std::size_t length) const {
    return objects_.read(segment.object_key(), offset, length);
}

std::shared_ptr<const SegmentStore::Epoch> SegmentStore::current_epoch() const {
    return epoch_.with([](const std::shared_ptr<Epoch>& epoch) { return epoch; });
}

Result<std::vector<CatalogSegment>> SegmentStore::checked_inputs(
    const std::vector<SegmentId>& inputs) const {
    SKALD_TRY(std::vector<CatalogSegment> known, catalog_.described());
    const std::set<SegmentId> wanted(inputs.begin(), inputs.end());
    const Listing sizes = sizes_.with([](const Listing& listing) { return listing; });
    std::vector<CatalogSegment> found;
    for (CatalogSegment& segment : known) {
        if (!wanted.contains(segment.id) || segment.is_hidden) continue;
        for (const std::string& replaced : segment.replaces) {
            if (sizes.contains({replaced}))
                return not_an_input(segment.id, replaced + ", which it replaces, is still there");
        }
        found.push_back(std::move(segment));
    }
    if (found.size() != wanted.size() || wanted.empty())
        return not_an_input(inputs.empty() ? SegmentId{} : inputs.front(),
                            "it or another input is not there");
    return found;
}

std::vector<SegmentFooter> SegmentStore::plan_members(const Rewrite& rewrite,
                                                      const std::vector<CatalogSegment>& inputs) {
    SegmentFooter common;
    common.level = rewrite.level;
    common.generations = generations_of(inputs);
    common.applied_deletes = rewrite.applied_deletes;
    for (const CatalogSegment& input : inputs) common.replaces.push_back(input.id.text);
    const GenerationId newest = newest_of(common.generations);
    ++last_set_;
    std::vector<SegmentFooter> footers(rewrite.members.size(), common);
    for (std::uint32_t i = 0; i < footers.size(); ++i) {
        footers[i].id = SegmentId::of_rewrite(rewrite.level, newest, last_set_, i);
        common.members.push_back(footers[i].id.text);
    }
    for (SegmentFooter& footer : footers) footer.members = common.members;
    return footers;
}

Result<SegmentRewriter::Outcome> SegmentStore::rewrite(const Rewrite& rewrite) {
    const std::lock_guard one_at_a_time(rewriting_);
    SKALD_TRY(Planned planned, begin_rewrite(rewrite));
    Result<std::vector<SegmentTables>> written = write_members(rewrite, std::move(planned.footers));
    const Parts warm = parts_in_memory(planned.inputs);
    SKALD_TRY(Outcome outcome, end_rewrite(planned.inputs, written));
    keep_in_memory(warm, *std::move(written));
    return outcome;
}

SegmentStore::Parts SegmentStore::parts_in_memory(const std::vector<CatalogSegment>& inputs) const {
    Parts parts;
    for (const CatalogSegment& input : inputs) {
        const std::shared_ptr<const SegmentReader> reader = reader_of(input.id);
        for (const RegionSummary& region : input.regions)
            if (Region::is_cached(*reader, region)) parts.emplace(region.tenant, region.period);
    }
    return parts;
}

void SegmentStore::keep_in_memory(const Parts& parts, std::vector<SegmentTables> segments) const {
    for (SegmentTables& segment : segments) {
        const std::shared_ptr<const SegmentReader> reader = reader_of(segment.footer.id);
        for (std::size_t i = 0; i < segment.tables.size(); ++i) {
            const RegionSummary& region = segment.footer.regions[i];
            if (parts.contains({region.tenant, region.period}))
                Region::keep(reader, region, std::move(segment.tables[i]), {});
        }
    }
}

Result<SegmentStore::Planned> SegmentStore::begin_rewrite(const Rewrite& rewrite) {
    const std::lock_guard hold(hiding_);
    SKALD_CHECK(remove_leftovers());
    Planned planned;
    SKALD_TRY(planned.inputs, checked_inputs(rewrite.inputs));
    if (rewrite.members.empty() || rewrite.level == 0)
        return Error{ErrorCode::kInvalidArgument, "a rewrite makes at least one segment"};
    planned.footers = plan_members(rewrite, planned.inputs);
    // Until all are there they are what is left over of a rewrite that failed.
    leftovers_.with([&](std::set<SegmentId>& leftovers) {
        for (const SegmentFooter& footer : planned.footers) leftovers.insert(footer.id);
    });
    rewritten_.insert(rewrite.inputs.begin(), rewrite.inputs.end());
    return planned;
}

Result<std::vector<SegmentTables>> SegmentStore::write_members(const Rewrite& rewrite,
                                                               std::vector<SegmentFooter> footers) {
    std::vector<SegmentTables> written;
    for (std::size_t i = 0; i < footers.size(); ++i) {
        SKALD_TRY(SegmentTables member, write_member(std::move(footers[i]), rewrite.members[i]));
        written.push_back(std::move(member));
    }
    return written;
}

Result<SegmentRewriter::Outcome> SegmentStore::end_rewrite(
    const std::vector<CatalogSegment>& inputs, const Result<std::vector<SegmentTables>>& written) {
    const std::lock_guard hold(hiding_);
    std::vector<SegmentId> hidden;
    hidden.reserve(inputs.size());
    for (const CatalogSegment& input : inputs) hidden.push_back(input.id);
    rewritten_.clear();
    const Result<void> replaced =
        written ? catalog_.replace(*written, hidden) : Result<void>(written.error());
    if (!replaced) {
        if (const Result<void> removed = remove_leftovers(); !removed)
            log_warn("a part of a failed rewrite can't be removed",
                     {{"err", removed.error().message}});
        return replaced.error();
    }
    leftovers_.lock()->clear();
    Outcome outcome;
    for (const SegmentTables& member : *written) {
        outcome.members.push_back(member.footer.id);
        outcome.stored_bytes += sizes_.lock()->at(member.footer.id);
    }
    segments_ += written->size();
    stored_bytes_ += outcome.stored_bytes;
    segments_ -= inputs.size();
    for (const CatalogSegment& input : inputs) stored_bytes_ -= sizes_.lock()->at(input.id);
    retire(inputs);
    show_totals();
    return outcome;
}

Result<SegmentTables> SegmentStore::write_member(SegmentFooter footer, const Fill& fill) {
    const SegmentId segment = footer.id;
    SKALD_TRY(const std::unique_ptr<ObjectWriter> object, objects_.create(segment.object_key()));
    SegmentWriter writer(std::move(footer),
                         [&](std::string_view bytes) { return object->append(bytes); });
    SKALD_CHECK(fill(writer));
    SKALD_TRY(const SegmentFooter finished, writer.finish());
    SKALD_CHECK(object->commit());
    sizes_.lock()->insert_or_assign(segment, writer.bytes_written());
    // The inputs will go: what is read back is all that there will be.
    SKALD_TRY(SegmentTables written, read_tables(segment, writer.bytes_written()));
    SKALD_CHECK(verify_blocks(written));
    return written;
}

Result<void> SegmentStore::drop(const std::vector<SegmentId>& segments) {
    const std::lock_guard hold(hiding_);
    for (const SegmentId& segment : segments) {
        if (rewritten_.contains(segment)) return not_an_input(segment, "it is being rewritten");
    }
    // A running rewrite removed them when it began; what there is now is its own.
    if (rewritten_.empty()) {
        SKALD_CHECK(remove_leftovers());
    }
    SKALD_TRY(const std::vector<CatalogSegment> inputs, checked_inputs(segments));
    SKALD_CHECK(catalog_.replace({}, segments));
    segments_ -= inputs.size();
    for (const CatalogSegment& input : inputs) stored_bytes_ -= sizes_.lock()->at(input.id);
    retire(inputs);
    show_totals();
    return {};
}

Result<void> SegmentStore::remove_leftovers() {
    const std::set<SegmentId> leftovers =
        leftovers_.with([](const std::set<SegmentId>& all) { return all; });
    for (const SegmentId& leftover : leftovers) {
        SKALD_CHECK(objects_.remove(leftover.object_key()));
        sizes_.lock()->erase(leftover);
        leftovers_.lock()->erase(leftover);
    }
    return {};
}

void SegmentStore::retire(const std::vector<CatalogSegment>& hidden) {
    const std::shared_ptr<const Epoch> last = epoch_.with([](std::shared_ptr<Epoch>& epoch) {
        const auto next = std::make_shared<Epoch>();
        const std::shared_ptr<Epoch> before = epoch;
        before->next = next;
        epoch = next;
        return before;
    });
    for (const CatalogSegment& segment : hidden) {
        retired_.lock()->push_back(
            {.segment = segment.id, .replaces = segment.replaces, .epoch = last, .since = {}});
    }
}

/// A query that found it before may open it as long as its epoch lasts, and reads it as long as it
/// holds the reader.
bool SegmentStore::is_in_use(const Retired& retired) const {
    if (!retired.epoch.expired()) return true;
    std::shared_ptr<const SegmentReader> reader;
    {
        auto readers = readers_.lock();
        const auto at = readers->find(retired.segment.text);
        if (at != readers->end()) {
            reader = std::move(at->second);
            readers->erase(at);
        }
    }
    if (reader == nullptr) return false;
    context_->columns.erase_segment(reader->number());
    context_->texts.erase_segment(reader->number());
    if (reader.use_count() == 1) return false;
    // Asked again at the next sweep, through the map.
    (*readers_.lock())[retired.segment.text] = std::move(reader);
    return true;
}

Result<SegmentRewriter::Swept> SegmentStore::sweep(Clock::TimePoint now,
                                                   std::chrono::nanoseconds delay) {
    const std::lock_guard hold(hiding_);
    Swept swept;
    std::vector<Retired> retired = std::exchange(*retired_.lock(), {});
    Result<void> outcome;
    std::vector<Retired> kept;
    for (Retired& each : retired) {
        if (!each.since) each.since = now;
        const bool is_needed =
            std::any_of(each.replaces.begin(), each.replaces.end(),
                        [&](const std::string& name) { return sizes_.lock()->contains({name}); });
        if (!outcome || is_needed || now - *each.since < delay || is_in_use(each)) {
            kept.push_back(std::move(each));
            continue;
        }
        outcome = objects_.remove(each.segment.object_key());
        if (outcome) outcome = catalog_.remove(each.segment);
        if (!outcome) {
            kept.push_back(std::move(each));
            continue;
        }
        auto sizes = sizes_.lock();
        const auto size = sizes->find(each.segment);
        swept.bytes += size == sizes->end() ? 0 : size->second;
        if (size != sizes->end()) sizes->erase(size);
        ++swept.segments;
    }
    swept.waiting = kept.size();
    retired_.with([&](std::vector<Retired>& all) {
        all.insert(all.end(), std::make_move_iterator(kept.begin()),
                   std::make_move_iterator(kept.end()));
    });
    show_totals();
    if (!outcome) return outcome.error();
    return swept;
}

void SegmentStore::show_totals() {
    segments_gauge_.set(static_cast<double>(segments_.load()));
    stored_bytes_gauge_.set(static_cast<double>(stored_bytes_.load()));
    const std::size_t hidden =
        retired_.with([](const std::vector<Retired>& all) { return all.size(); });
    hidden_gauge_.set(static_cast<double>(hidden));
}

}  // namespace skald::storage
