// SPDX-License-Identifier: Apache-2.0
#include "local_compactor.h"

#include "retention_plan.h"

#include <skald/foundation/model/retention.h>
#include <skald/foundation/telemetry/log.h>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::chrono::milliseconds kTick{200};
constexpr std::chrono::seconds kSizeCheck{10};
/// How long a block waits for others to need the machine less. Not for ever: small segments would
/// pile up.
constexpr std::chrono::milliseconds kPauseMax{200};
/// Of the thread that reads and merges: as of the pool's background threads.
constexpr int kNice = 5;

MergeRules rules_of(const Compactor::Options& options) {
    MergeRules rules;
    rules.segments = std::max<std::uint32_t>(options.merge_segments, 2);
    rules.segment_bytes_max = options.segment_bytes_max;
    rules.level0_bytes = std::min(rules.level0_bytes, options.segment_bytes_max / 2);
    return rules;
}

MergeShape shape_of(const Compactor::Options& options) {
    MergeShape shape;
    shape.block_bytes = options.block_bytes;
    shape.shared_block_below = std::min(shape.shared_block_below, options.block_bytes / 4);
    shape.encode = options.encode;
    return shape;
}

double seconds_since(Clock::TimePoint start, const Clock& clock) {
    return std::chrono::duration<double>(clock.now() - start).count();
}

/// Keeps the first error of several steps that are all tried.
void keep_first(Result<void>& first, Result<void> next) {
    if (first && !next) first = std::move(next);
}

}  // namespace

Result<std::unique_ptr<Compactor>> Compactor::create(Options options, Parts parts) {
    auto compactor = std::make_unique<LocalCompactor>(std::move(options), std::move(parts));
    SKALD_CHECK(compactor->note_segments());
    return std::unique_ptr<Compactor>(std::move(compactor));
}

LocalCompactor::LocalCompactor(Options options, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      rules_(rules_of(options_)),
      shape_(shape_of(options_)),
      log_(parts_.metrics),
      deletes_(parts_, options_.memory_settled_after,
               {.read_table =
                    [this](const StoredSegment& segment, const RegionSummary& region) {
                        return read_table(segment, region);
                    },
                .rewrite = [this](const StoredSegment& segment) { return rewrite_alone(segment); },
                .is_damaged = [this](const SegmentId& id) { return damaged_.contains(id); },
                .is_dropped = [this](const SegmentId& id) { return dropped_.contains(id); }}),
      next_run_(parts_.clock.now() + std::chrono::nanoseconds(options_.interval)),
      next_size_check_(parts_.clock.now()) {}

LocalCompactor::~LocalCompactor() {
    stop();
}

Result<void> LocalCompactor::note_segments() {
    SKALD_TRY(const Segments segments, parts_.store.segments());
    // They have waited long enough for others.
    const auto long_ago = parts_.clock.now() - std::chrono::nanoseconds(options_.merge_after);
    for (const StoredSegment& segment : segments) seen_.emplace(segment.id, long_ago);
    return {};
}

void LocalCompactor::start() {
    thread_ = std::thread([this] { run(); });
}

void LocalCompactor::stop() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LocalCompactor::run() {
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, kNice));
    std::unique_lock hold(mutex_);
    while (!stopping_) {
        changed_.wait_for(hold, kTick, [this] { return stopping_; });
        if (stopping_) return;
        hold.unlock();
        const Clock::TimePoint now = parts_.clock.now();
        if (now >= next_run_) {
            if (const Result<void> done = run_once(); !done)
                log_error("compaction failed and will be tried again",
                          {{"directory", options_.directory},
                           {"err", done.error().message},
                           {"do",
                            "make room on the disk, or look after the object store; lines "
                            "are kept longer until then"}});
        } else {
            tend(now);
        }
        hold.lock();
    }
}

void LocalCompactor::tend(Clock::TimePoint now) {
    look_at_size(now);
    if (const Result<void> swept = sweep(std::chrono::nanoseconds(options_.removal_delay)); !swept)
        log_warn("an object can't be removed yet", {{"err", swept.error().message}});
}

void LocalCompactor::look_at_size(Clock::TimePoint now) {
    if (now < next_size_check_) return;
    next_size_check_ = now + kSizeCheck;
    const Result<void> limited = limit_size();
    if (limited) return;
    log_.failed(parts_.clock.wall_now(), "retention by size", limited.error());
    log_error(
        "the oldest segments can't be dropped",
        {{"directory", options_.directory},
         {"err", limited.error().message},
         {"do",
          "make room by hand before the disk is full, and look after its rights and errors"}});
}

Result<void> LocalCompactor::run_once() {
    const Clock::TimePoint start = parts_.clock.now();
    log_.began(parts_.clock.wall_now(), "retention");
    dropped_.clear();
    tell_what_comes();
    Result<void> outcome;
    const auto keep = [&](std::string_view step, Result<void> done) {
        if (outcome && !done) log_.failed(parts_.clock.wall_now(), step, done.error());
        keep_first(outcome, std::move(done));
    };
    keep("retention", apply_retention());
    log_.retention_ended(parts_.clock.wall_now(), outcome.has_value(),
                         seconds_since(start, parts_.clock));
    keep("retention by size", limit_size());
    log_.began(parts_.clock.wall_now(), "deleting");
    keep("deleting", deletes_.run());
    log_.began(parts_.clock.wall_now(), "merging");
    keep("merging", merge_all_due());
    keep("removing", sweep(std::chrono::nanoseconds(options_.removal_delay)));
    next_run_ = parts_.clock.now() + std::chrono::nanoseconds(options_.interval);
    const TimeNs now = parts_.clock.wall_now();
    log_.ended(now, now + options_.interval, outcome.has_value(),
               seconds_since(start, parts_.clock));
    tell_what_comes();
    return outcome;
}

Result<void> LocalCompactor::sweep(std::chrono::nanoseconds delay) {
    SKALD_TRY(const SegmentRewriter::Swept swept, parts_.store.sweep(parts_.clock.now(), delay));
    log_.swept(swept);
    if (swept.segments > 0)
        log_info("objects removed", {{"objects", swept.segments}, {"bytes", swept.bytes}});
    return {};
}

Result<void> LocalCompactor::drop(const StoredSegment& segment, std::string_view reason) {
    SKALD_CHECK(parts_.store.drop({segment.id}));
    dropped_.insert(segment.id);
    const bool is_early = reason == "size" || reason == "disk";
    if (is_early && parts_.rows_gone) parts_.rows_gone();
    log_.dropped(parts_.clock.wall_now(), reason, segment);
    log_info("segment dropped",
             {{"segment", segment.id.text}, {"reason", reason}, {"bytes", segment.stored_bytes}});
    return {};
}

Result<void> LocalCompactor::apply_retention() {
    SKALD_TRY(Segments segments, parts_.store.segments());
    const TimeNs now = parts_.clock.wall_now();
    NamedGenerations named(segments);
    Result<void> outcome;
    Segments kept;
    for (StoredSegment& segment : segments) {
        const std::optional<TimeNs> expiry = expiry_of(segment, parts_.limits);
        if (segment.is_settled && expiry && *expiry < now && named.supersede(segment)) {
            Result<void> dropped = drop(segment, segment.regions.empty() ? "empty" : "expired");
            if (dropped) {
                named.forget(segment);
                continue;
            }
            keep_first(outcome, std::move(dropped));
        }
        kept.push_back(std::move(segment));
    }
    keep_first(outcome, rewrite_partly_expired(kept, now));
    return outcome;
}

Result<void> LocalCompactor::rewrite_partly_expired(const Segments& segments, TimeNs now) {
    Result<void> outcome;
    for (const StoredSegment& segment : segments) {
        if (!segment.is_settled || damaged_.contains(segment.id) || dropped_.contains(segment.id))
            continue;
        Result<bool> is_worth_it = is_worth_a_rewrite(segment, now);
        if (!is_worth_it) {
            keep_first(outcome, is_worth_it.error());
            continue;
        }
        if (!*is_worth_it) continue;
        keep_first(outcome, rewrite_alone(segment));
    }
    return outcome;
}

Result<void> LocalCompactor::rewrite_alone(const StoredSegment& segment) {
    MergeJob job;
    job.inputs.push_back(segment);
    job.level = std::max<std::uint32_t>(segment.level, 1);
    Result<void> merged = merge(job);
    if (!merged && merged.error().code == ErrorCode::kCorruption) note_damage(job, merged.error());
    return merged;
}

Result<bool> LocalCompactor::is_worth_a_rewrite(const StoredSegment& segment, TimeNs now) {
    if (!may_hold_expired(segment, parts_.limits, now)) return false;
    // Tables are not read at every run.
    const auto looked = looked_at_.find(segment.id);
    if (looked != looked_at_.end() && now - looked->second < kNanosPerHour) return false;
    looked_at_[segment.id] = now;
    ExpiredShare share;
    for (const RegionSummary& region : segment.regions) {
        SKALD_TRY(const RegionTable table, read_table(segment, region));
        add_share(table, *parts_.limits.of(region.tenant), now, share);
    }
    return is_worth_rewriting(share, now);
}

/// What is hidden goes by itself: no line is dropped because a query still reads it.
Result<LocalCompactor::Excess> LocalCompactor::excess(
    const SegmentRewriter::Footprint& footprint) const {
    Excess excess;
    const std::uint64_t stored = footprint.bytes - footprint.hidden_bytes;
    if (options_.max_size > 0 && stored > options_.max_size)
        excess = {stored - options_.max_size, "size"};
    if (options_.min_free_percent <= 0) return excess;
    SKALD_TRY(const FileSystem::Space space, parts_.files.space(options_.directory));
    const auto wanted = static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) *
                                                   options_.min_free_percent / 100);
    const std::uint64_t free = space.free_bytes + footprint.hidden_bytes;
    if (free < wanted && wanted - free > excess.bytes) excess = {wanted - free, "disk"};
    return excess;
}

Result<void> LocalCompactor::limit_size() {
    if (!has_size_limits()) return {};
    SegmentRewriter::Footprint footprint = parts_.store.footprint();
    SKALD_TRY(const Excess with_hidden, excess({.bytes = footprint.bytes, .hidden_bytes = 0}));
    if (with_hidden.bytes == 0) return {};
    // Waiting would only fill the disk further.
    SKALD_CHECK(sweep(std::chrono::nanoseconds(0)));
    footprint = parts_.store.footprint();
    SKALD_TRY(const Excess over, excess(footprint));
    if (over.bytes == 0) return {};
    SKALD_TRY(const Segments segments, parts_.store.segments());
    for (const StoredSegment& segment : oldest_segments(segments, over.bytes)) {
        gives_way_ = merging_.contains(segment.id);
        if (gives_way_) break;
        SKALD_CHECK(drop(segment, over.reason));
    }
    return sweep(std::chrono::nanoseconds(0));
}

Result<void> LocalCompactor::merge_all_due() {
    for (;;) {
        SKALD_TRY(const Segments segments, parts_.store.segments());
        const Clock::TimePoint now = parts_.clock.now();
        std::map<SegmentId, Clock::TimePoint> seen;
        for (const StoredSegment& segment : segments) {
            const auto before = seen_.find(segment.id);
            seen.emplace(segment.id, before == seen_.end() ? now : before->second);
        }
        seen_ = std::move(seen);
        std::erase_if(looked_at_, [&](const auto& item) { return !seen_.contains(item.first); });
        const auto may_use = [&](const SegmentId& id) { return !damaged_.contains(id); };
        const auto must_merge = [&](const SegmentId& id) {
            return now - seen_.at(id) >= std::chrono::nanoseconds(options_.merge_after);
        };
        const std::optional<MergeJob> job = next_merge(segments, rules_, may_use, must_merge);
        if (!job) return {};
        Result<void> merged = merge(*job);
        if (merged) continue;
        if (std::exchange(gives_way_, false)) {
            SKALD_CHECK(limit_size());
            const auto is_dropped = [&](const StoredSegment& input) {
                return dropped_.contains(input.id);
            };
            if (std::any_of(job->inputs.begin(), job->inputs.end(), is_dropped)) continue;
        }
        if (merged.error().code != ErrorCode::kCorruption) return merged;
        note_damage(*job, merged.error());
    }
}

/// The input that the error names is left as it is from now on; if none is, all are.
void LocalCompactor::note_damage(const MergeJob& job, const Error& error) {
    log_error("a damaged segment is not merged",
              {{"err", error.message},
               {"do", "run skald check; restore the object from a backup if there is one"}});
    log_.failed(parts_.clock.wall_now(), "merging", error);
    bool is_named = false;
    for (const StoredSegment& input : job.inputs) {
        if (error.message.find(input.id.object_key()) == std::string::npos) continue;
        damaged_.insert(input.id);
        is_named = true;
    }
    if (is_named) return;
    for (const StoredSegment& input : job.inputs) damaged_.insert(input.id);
}

/// Regions of each segment to make. Large ones get one of their own, the small ones share one.
std::vector<std::vector<LocalCompactor::RegionKey>> LocalCompactor::members_of(
    const MergeJob& job) const {
    std::map<RegionKey, std::uint64_t> sizes;
    for (const StoredSegment& input : job.inputs) {
        for (const RegionSummary& region : input.regions)
            sizes[{region.tenant, region.period}] += region.line_bytes;
    }
    std::vector<std::vector<RegionKey>> members;
    std::vector<RegionKey> small;
    for (const auto& [key, bytes] : sizes) {
        if (bytes >= options_.own_segment_bytes || sizes.size() == 1)
            members.push_back({key});
        else
            small.push_back(key);
    }
    if (!small.empty() || members.empty()) members.push_back(std::move(small));
    return members;
}

Result<bool> LocalCompactor::has_room_for(std::uint64_t bytes) {
    if (options_.directory.empty()) return true;
    SKALD_TRY(const FileSystem::Space space, parts_.files.space(options_.directory));
    const bool has_room = space.free_bytes > bytes + 64 * kMiB;
    if (!has_room && !told_of_space_)
        log_warn("the disk is too full to merge segments", {{"free_bytes", space.free_bytes}});
    told_of_space_ = !has_room;
    return has_room;
}

Result<void> LocalCompactor::merge(const MergeJob& job) {
    const Clock::TimePoint start = parts_.clock.now();
    SegmentRewriter::Rewrite rewrite;
    std::uint64_t bytes_in = 0;
    for (const StoredSegment& input : job.inputs) {
        rewrite.inputs.push_back(input.id);
        bytes_in += input.stored_bytes;
    }
    SKALD_TRY(const bool has_room, has_room_for(bytes_in));
    if (!has_room) return Error{ErrorCode::kUnavailable, "the disk is too full to merge segments"};
    rewrite.level = job.level;
    // Those that were applied before and are not processed yet are among them.
    const std::vector<DueDelete> deletes = deletes_.due();
    for (const DueDelete& each : deletes)
        rewrite.applied_deletes.push_back(DeletePass::name_of(each));
    MergeTotals totals;
    const TimeNs now = parts_.clock.wall_now();
    for (std::vector<RegionKey>& keys : members_of(job)) {
        rewrite.members.emplace_back([this, &job, &totals, &deletes, now, keys = std::move(keys)](
                                         SegmentWriter& writer) -> Result<void> {
            for (const RegionKey& key : keys) {
                SKALD_CHECK(merge_region(job, key, now, deletes, writer, totals));
            }
            return {};
        });
    }
    log_info("merging segments", {{"segments", job.inputs.size()}, {"bytes", bytes_in}});
    merging_.insert(rewrite.inputs.begin(), rewrite.inputs.end());
    gives_way_ = false;
    Result<SegmentRewriter::Outcome> rewritten = parts_.store.rewrite(rewrite);
    merging_.clear();
    SKALD_TRY(const SegmentRewriter::Outcome outcome, std::move(rewritten));
    log_.merged(now, job.inputs.size(), bytes_in, outcome.stored_bytes, totals);
    for (const auto& [tenant, lines] : totals.deleted_of)
        parts_.deletes->count_deleted_lines(tenant, lines);
    log_info("segments merged", {{"segments", job.inputs.size()},
                                 {"into", outcome.members.size()},
                                 {"level", job.level},
                                 {"rows", totals.rows_out},
                                 {"duplicates", totals.duplicate_rows},
                                 {"expired", totals.expired_rows},
                                 {"deleted", totals.deleted_rows},
                                 {"bytes_before", bytes_in},
                                 {"bytes_after", outcome.stored_bytes},
                                 {"seconds", seconds_since(start, parts_.clock)}});
    return {};
}

Result<RegionTable> LocalCompactor::read_table(const StoredSegment& segment,
                                               const RegionSummary& region) const {
    const RangeReader range = [&](std::uint64_t offset, std::size_t length) {
        return parts_.store.read(segment.id, offset, length);
    };
    const auto broken = [&](const std::string& why) {
        return Error{ErrorCode::kCorruption, segment.id.object_key() + ": " + why};
    };
    Result<RegionTable> table = read_region(range, region);
    if (!table) {
        if (table.error().code == ErrorCode::kCorruption) return broken(table.error().message);
        return table;
    }
    // The table's indexes are followed without looking.
    for (const RunEntry& run : table->runs) {
        if (run.stream >= table->streams.size() || run.block >= table->blocks.size() ||
            run.row_begin >= run.row_end ||
            run.row_end > table->blocks[run.block].header.summary.rows)
            return broken("a run outside of the table");
    }
    return table;
}

Result<void> LocalCompactor::merge_region(const MergeJob& job, const RegionKey& key, TimeNs now,
                                          const std::vector<DueDelete>& deletes,
                                          SegmentWriter& writer, MergeTotals& totals) {
    std::vector<MergeInput> inputs;
    for (const StoredSegment& segment : job.inputs) {
        for (const RegionSummary& region : segment.regions) {
            if (region.tenant != key.first || region.period != key.second) continue;
            MergeInput input;
            input.segment = segment.id;
            input.order = lowest_generation(segment);
            input.is_merged = segment.level > 0;
            SKALD_TRY(input.table, read_table(segment, region));
            inputs.push_back(std::move(input));
        }
    }
    const std::shared_ptr<const Limits> limits = parts_.limits.of(key.first);
    RegionMerge::Hooks hooks;
    hooks.keep_from = [&](const Labels& labels) {
        return kept_from(retention_of(*limits, labels), now);
    };
    for (const DueDelete& each : deletes) {
        if (each.tenant == key.first) hooks.deletes.push_back(&each.pending);
    }
    hooks.proceed = [this] { return proceed(); };
    RegionMerge merge(parts_.store, std::move(inputs), shape_, parts_.workers, std::move(hooks));
    SKALD_TRY(const MergeTotals done, merge.write(key.first, key.second, writer));
    totals.rows_in += done.rows_in;
    totals.rows_out += done.rows_out;
    totals.duplicate_rows += done.duplicate_rows;
    totals.expired_rows += done.expired_rows;
    totals.deleted_rows += done.deleted_rows;
    if (done.expired_rows > 0) totals.expired_of[key.first] += done.expired_rows;
    if (done.deleted_rows > 0) totals.deleted_of[key.first] += done.deleted_rows;
    return {};
}

Result<void> LocalCompactor::proceed() {
    {
        std::unique_lock hold(mutex_);
        const auto until = parts_.clock.now() + kPauseMax;
        while (!stopping_ && parts_.is_busy != nullptr && parts_.is_busy() &&
               parts_.clock.now() < until)
            changed_.wait_for(hold, std::chrono::milliseconds(10));
        if (stopping_) return Error{ErrorCode::kUnavailable, "merging was stopped by a shutdown"};
    }
    // A merge of gigabytes takes minutes, in which a disk may fill.
    look_at_size(parts_.clock.now());
    if (gives_way_)
        return Error{ErrorCode::kUnavailable, "merging gave way: what it reads is to be dropped"};
    return {};
}

void LocalCompactor::tell_what_comes() {
    const Result<Segments> segments = parts_.store.segments();
    if (!segments) return;
    log_.coming_up(
        upcoming_removals(*segments, parts_.limits, parts_.clock.wall_now(), has_size_limits()),
        parts_.store.footprint().bytes);
}

}  // namespace skald::storage
