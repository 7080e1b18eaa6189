// SPDX-License-Identifier: Apache-2.0
#include "push_validator.h"

#include "entry_checks.h"
#include "ingestion_block.h"
#include "metadata.h"

#include <skald/foundation/base/assert.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace skald::write {

namespace {

using ResolvedPtr = std::shared_ptr<const ResolvedStream>;

/// One request on its way through the checks.
class PushValidator {
public:
    PushValidator(PushBatch& push, const TenantRules& rules, LabelCache& cache, TimeNs now)
        : push_(push),
          rules_(rules),
          cache_(cache),
          checks_(*rules.limits, now),
          block_(rules, now),
          arena_(std::make_shared<TextArena>()),
          cleaner_(*arena_),
          discover_level_(rules.limits->discover_log_levels &&
                          rules.limits->allow_structured_metadata),
          discover_fields_(!rules.fields->empty() && rules.limits->allow_structured_metadata) {}

    Result<ValidatedPush> run() {
        SKALD_CHECK(resolve_labels());
        for (std::size_t i = 0; i < push_.streams.size(); ++i) {
            SKALD_CHECK(validate_stream(push_.streams[i], *resolved_[i]));
        }
        return finish();
    }

private:
    /// Accepted entries of one stream, behind those of the runs before it.
    struct Run {
        const ResolvedStream* stream = nullptr;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };

    Result<void> resolve_labels();
    Result<void> validate_stream(const PushBatch::StreamEntries& entries,
                                 const ResolvedStream& stream);
    Result<void> complete(EntryView& entry, const ResolvedStream& stream);
    void find_level(EntryView& entry, const ResolvedStream& stream,
                    std::span<const LabelView> metadata) const;
    Result<void> add_fields(EntryView& entry, const ResolvedStream& stream);
    void refuse_stream(const PushBatch::StreamEntries& entries, const ResolvedStream& stream);
    bool refuse_blocked(const PushBatch::StreamEntries& entries, const ResolvedStream& stream);
    void count_discarded(const PushBatch::StreamEntries& entries, const ResolvedStream& stream,
                         DiscardReason reason);
    void count_received(const PushBatch::StreamEntries& entries, const ResolvedStream& stream);
    std::span<LabelView> metadata_of(const EntryView& entry) {
        return std::span(push_.pairs).subspan(entry.metadata_begin, entry.metadata_count);
    }

    ValidatedPush finish();
    void add_streams(cluster::StreamBatch& batch, std::vector<std::uint32_t>& tokens);
    void regroup(cluster::StreamBatch& batch, const std::vector<std::uint32_t>& group_of_run);

    PushBatch& push_;
    const TenantRules& rules_;
    LabelCache& cache_;
    EntryChecks checks_;
    IngestionBlock block_;
    std::shared_ptr<TextArena> arena_;
    MetadataCleaner cleaner_;
    const bool discover_level_;
    const bool discover_fields_;
    std::vector<LabelView> found_;  ///< Reused from entry to entry.

    std::vector<ResolvedPtr> resolved_;  ///< Of each stream of the request.
    std::vector<Run> runs_;
    std::uint32_t kept_ = 0;  ///< Entries accepted so far; they are moved to the front.
    std::uint64_t kept_bytes_ = 0;
    PushTotals totals_;
    Refusals refusals_;
    bool blocked_ = false;  ///< Some stream was refused because writing to it is forbidden.
};

Result<void> PushValidator::resolve_labels() {
    resolved_.reserve(push_.streams.size());
    for (const PushBatch::StreamEntries& stream : push_.streams) {
        SKALD_CHECK(check_label_text_size(stream.labels));
        ResolvedPtr resolved = cache_.resolve(stream.labels, rules_, push_.policy);
        if (resolved->outcome == ResolvedStream::Outcome::kUnparsable)
            return Error{ErrorCode::kInvalidArgument, *resolved->note};
        resolved_.push_back(std::move(resolved));
    }
    return {};
}

Result<void> PushValidator::validate_stream(const PushBatch::StreamEntries& entries,
                                            const ResolvedStream& stream) {
    if (entries.entries_begin == entries.entries_end) return {};
    SKALD_ASSERT(entries.entries_begin >= kept_ && entries.entries_end <= push_.entries.size());
    count_received(entries, stream);
    if (stream.outcome == ResolvedStream::Outcome::kRefused) {
        refuse_stream(entries, stream);
        return {};
    }
    if (refuse_blocked(entries, stream)) return {};
    Run run{&stream, kept_, kept_};
    const std::uint64_t bytes_before = kept_bytes_;
    TimeIncrement increment(rules_.limits->increment_duplicate_timestamp);
    for (std::uint32_t i = entries.entries_begin; i < entries.entries_end; ++i) {
        EntryView entry = push_.entries[i];
        checks_.truncate(entry, *arena_, totals_);
        const std::span<LabelView> metadata = metadata_of(entry);
        if (!checks_.accepts(entry, metadata)) [[unlikely]] {
            const EntryRefusal refusal = checks_.explain(entry, metadata, stream.stream->labels);
            Discards& discards = totals_.of(stream.policy_name()).discards;
            discards.add(refusal.reason, 1, entry.line.size() + metadata_bytes(metadata));
            refusals_.add(refusal.message);
            continue;
        }
        SKALD_CHECK(complete(entry, stream));
        increment.apply(entry);
        push_.entries[kept_++] = entry;
    }
    run.end = kept_;
    Discards::Count& accepted = totals_.of(stream.policy_name()).accepted;
    accepted.lines += run.end - run.begin;
    accepted.bytes += kept_bytes_ - bytes_before;
    if (run.end > run.begin) runs_.push_back(run);
    return {};
}

/// Cleans the metadata and finds the level and other fields.
Result<void> PushValidator::complete(EntryView& entry, const ResolvedStream& stream) {
    entry.level = {};
    std::span<LabelView> metadata;
    if (entry.metadata_count > 0) {
        SKALD_TRY(const MetadataCleaner::Cleaned cleaned, cleaner_.clean(metadata_of(entry)));
        entry.metadata_count = static_cast<std::uint32_t>(cleaned.count);
        entry.level = cleaned.level;
        metadata = metadata_of(entry);
        kept_bytes_ += metadata_bytes(metadata);
    }
    kept_bytes_ += entry.line.size();
    if (discover_level_) find_level(entry, stream, metadata);
    return discover_fields_ ? add_fields(entry, stream) : Result<void>();
}

void PushValidator::find_level(EntryView& entry, const ResolvedStream& stream,
                               std::span<const LabelView> metadata) const {
    if (!entry.level.empty()) {
        entry.level = LevelDetector::normalize(entry.level);
        return;
    }
    entry.level = stream.level;
    if (entry.level.empty() && !metadata.empty())
        entry.level = rules_.levels.from_metadata(metadata);
    if (entry.level.empty()) entry.level = rules_.levels.from_line(entry.line);
}

/// Adds what `discover_generic_fields` finds to the metadata.
Result<void> PushValidator::add_fields(EntryView& entry, const ResolvedStream& stream) {
    found_.clear();
    rules_.fields->find(stream.stream->labels, metadata_of(entry), entry.line, found_);
    if (found_.empty()) return {};
    // There is no room where it lies. The sender's own pairs come last, so they win.
    const std::span<const LabelView> own = metadata_of(entry);
    const std::uint64_t own_bytes = metadata_bytes(own);
    found_.insert(found_.end(), own.begin(), own.end());
    entry.metadata_begin = static_cast<std::uint32_t>(push_.pairs.size());
    entry.metadata_count = static_cast<std::uint32_t>(found_.size());
    push_.pairs.insert(push_.pairs.end(), found_.begin(), found_.end());
    SKALD_TRY(const MetadataCleaner::Cleaned cleaned, cleaner_.clean(metadata_of(entry)));
    entry.metadata_count = static_cast<std::uint32_t>(cleaned.count);
    kept_bytes_ += metadata_bytes(metadata_of(entry)) - own_bytes;
    return {};
}

void PushValidator::refuse_stream(const PushBatch::StreamEntries& entries,
                                  const ResolvedStream& stream) {
    count_discarded(entries, stream, stream.reason);
    // Loki counts a stream without labels twice, and alerts are written for either name.
    if (stream.reason == DiscardReason::kMissingLabels)
        count_discarded(entries, stream, DiscardReason::kInvalidLabels);
    refusals_.add(*stream.note);
}

/// True if writing to the stream is forbidden now.
bool PushValidator::refuse_blocked(const PushBatch::StreamEntries& entries,
                                   const ResolvedStream& stream) {
    const auto refusal = block_.refusal(stream);
    if (!refusal) return false;
    count_discarded(entries, stream, refusal->reason);
    if (block_.silent()) return true;
    refusals_.add(refusal->message);
    blocked_ = true;
    return true;
}

void PushValidator::count_discarded(const PushBatch::StreamEntries& entries,
                                    const ResolvedStream& stream, DiscardReason reason) {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = entries.entries_begin; i < entries.entries_end; ++i)
        bytes += push_.entries[i].line.size() + metadata_bytes(metadata_of(push_.entries[i]));
    Discards& discards = totals_.of(stream.policy_name()).discards;
    discards.add(reason, entries.entries_end - entries.entries_begin, bytes);
}

void PushValidator::count_received(const PushBatch::StreamEntries& entries,
                                   const ResolvedStream& stream) {
    PushTotals::OfPolicy& totals = totals_.of(stream.policy_name());
    PushTotals::Received& received = stream.internal ? totals.received_internal : totals.received;
    received.lines += entries.entries_end - entries.entries_begin;
    for (std::uint32_t i = entries.entries_begin; i < entries.entries_end; ++i) {
        const EntryView& entry = push_.entries[i];
        received.line_bytes += entry.line.size();
        totals_.line_sizes.add(entry.line.size());
        if (entry.metadata_count > 0) received.metadata_bytes += metadata_bytes(metadata_of(entry));
    }
}

ValidatedPush PushValidator::finish() {
    push_.entries.resize(kept_);
    ValidatedPush result{.batch = {.tenant = rules_.tenant,
                                   .streams = {},
                                   .entries = std::move(push_.entries),
                                   .pairs = std::move(push_.pairs),
                                   .owners = std::move(push_.owners),
                                   .body = push_.body},
                         .tokens = {},
                         .bytes = kept_bytes_,
                         .totals = {},
                         .refused = {}};
    if (!arena_->empty()) result.batch.owners.push_back(arena_);
    if (discover_fields_) result.batch.owners.push_back(rules_.fields);
    add_streams(result.batch, result.tokens);
    totals_.sanitized = cleaner_.sanitized();
    result.totals = std::move(totals_);
    if (!refusals_.empty()) result.refused = refusals_.error();
    if (blocked_) result.refused->code = ErrorCode::kBlocked;
    return result;
}

/// Makes the batch's list of streams, each once, from the runs.
void PushValidator::add_streams(cluster::StreamBatch& batch, std::vector<std::uint32_t>& tokens) {
    std::vector<std::uint32_t> group_of_run;
    std::unordered_map<StreamId, std::uint32_t> group_of_stream;
    if (runs_.size() > 1) group_of_stream.reserve(runs_.size());
    for (const Run& run : runs_) {
        auto group = static_cast<std::uint32_t>(batch.streams.size());
        if (runs_.size() > 1)
            group = group_of_stream.try_emplace(run.stream->stream->id, group).first->second;
        group_of_run.push_back(group);
        if (group < batch.streams.size()) {
            // Levels and fields of its entries may view these labels.
            if (batch.streams[group].stream != run.stream->stream)
                batch.owners.push_back(run.stream->stream);
            continue;
        }
        batch.streams.push_back(
            {run.stream->stream, run.begin, run.end, rules_.counted_policy(*run.stream)});
        tokens.push_back(run.stream->token);
    }
    if (batch.streams.size() < runs_.size()) regroup(batch, group_of_run);
}

/// Some stream was named twice: brings its entries together, in their order.
void PushValidator::regroup(cluster::StreamBatch& batch,
                            const std::vector<std::uint32_t>& group_of_run) {
    std::vector<std::uint32_t> sizes(batch.streams.size(), 0);
    for (std::size_t i = 0; i < runs_.size(); ++i)
        sizes[group_of_run[i]] += runs_[i].end - runs_[i].begin;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        batch.streams[i].entries_begin = next;
        batch.streams[i].entries_end = next;  // Grows as its runs are copied.
        next += sizes[i];
    }
    std::vector<EntryView> grouped(batch.entries.size());
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        std::uint32_t& end = batch.streams[group_of_run[i]].entries_end;
        std::copy(batch.entries.begin() + runs_[i].begin, batch.entries.begin() + runs_[i].end,
                  grouped.begin() + end);
        end += runs_[i].end - runs_[i].begin;
    }
    batch.entries = std::move(grouped);
}

}  // namespace

Result<ValidatedPush> validate_push(PushBatch push, const TenantRules& rules, LabelCache& cache,
                                    TimeNs now) {
    return PushValidator(push, rules, cache, now).run();
}

}  // namespace skald::write
