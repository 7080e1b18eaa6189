// SPDX-License-Identifier: Apache-2.0
#include "delete_pass.h"

#include <skald/foundation/model/retention.h>
#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <optional>

namespace skald::storage {

std::vector<DueDelete> DeletePass::due() const {
    return parts_.deletes == nullptr ? std::vector<DueDelete>{} : parts_.deletes->due();
}

std::string DeletePass::name_of(const DueDelete& request) {
    return request.tenant.text() + "/" + request.pending.id;
}

/// The pass looks at memory before it lists the segments: what has left memory by then is listed.
bool DeletePass::is_in_memory(const DueDelete& request) {
    if (parts_.in_memory == nullptr) {
        const auto all = parts_.deletes->list(request.tenant);
        const auto known = std::ranges::find_if(
            all, [&](const DeleteStatus& each) { return each.request.id == request.pending.id; });
        return known != all.end() &&
               parts_.clock.wall_now() - known->request.created < settled_after_;
    }
    const std::set<GenerationId> now = parts_.in_memory(request.tenant);
    auto [seen, is_new] = in_memory_.try_emplace(name_of(request), now);
    std::erase_if(seen->second, [&](const GenerationId& id) { return !now.contains(id); });
    return !seen->second.empty();
}

std::vector<DeletePass::Task> DeletePass::tasks() {
    std::vector<Task> tasks;
    for (DueDelete& request : due()) {
        Task task(std::move(request));
        task.name = name_of(task.request);
        task.is_in_memory = is_in_memory(task.request);
        tasks.push_back(std::move(task));
    }
    const auto is_over = [&](const auto& item) {
        return std::ranges::none_of(tasks,
                                    [&](const Task& task) { return task.name == item.first; });
    };
    std::erase_if(in_memory_, is_over);
    std::erase_if(clean_, is_over);
    return tasks;
}

Result<bool> DeletePass::holds_rows(const StoredSegment& segment, const Task& task) {
    const PendingDelete& pending = task.request.pending;
    for (const RegionSummary& region : segment.regions) {
        if (region.tenant != task.request.tenant ||
            !pending.overlaps(region.min_time, region.max_time))
            continue;
        SKALD_TRY(const RegionTable table, host_.read_table(segment, region));
        // Runs come stream by stream.
        std::optional<std::uint32_t> stream;
        bool is_taken = false;
        for (const RunEntry& run : table.runs) {
            if (stream != run.stream) {
                stream = run.stream;
                is_taken = pending.rows->takes_stream(table.streams[run.stream]->labels);
            }
            if (is_taken && pending.overlaps(run.min_time, run.max_time)) return true;
        }
    }
    return false;
}

Result<void> DeletePass::treat(const StoredSegment& segment, std::vector<Task>& tasks) {
    std::vector<Task*> found;
    const auto stop = [&](const std::string& why) {
        for (Task* task : found) {
            ++task->left;
            task->obstacle = why;
        }
    };
    for (Task& task : tasks) {
        const bool may_hold =
            std::ranges::any_of(segment.regions, [&](const RegionSummary& region) {
                return region.tenant == task.request.tenant &&
                       task.request.pending.overlaps(region.min_time, region.max_time);
            });
        if (!may_hold || clean_[task.name].contains(segment.id)) continue;
        ++task.segments;
        if (std::ranges::count(segment.applied_deletes, task.name) > 0) continue;
        Result<bool> holds = holds_rows(segment, task);
        if (!holds) {
            ++task.left;
            task.obstacle = holds.error().message;
            return holds.error();
        }
        if (*holds)
            found.push_back(&task);
        else
            clean_[task.name].insert(segment.id);
    }
    if (found.empty()) return {};
    if (host_.is_damaged(segment.id)) {
        stop(segment.id.object_key() + " is damaged (skald check says where)");
        return {};
    }
    if (!segment.is_settled) {
        stop(segment.id.object_key() + " was just written; what it replaces is removed first");
        return {};
    }
    Result<void> done = host_.rewrite(segment);
    if (!done) stop(done.error().message);
    return done;
}

Result<void> DeletePass::finish(const Task& task) {
    const DueDelete& request = task.request;
    if (task.left == 0 && !task.is_in_memory) {
        SKALD_CHECK(parts_.deletes->mark_processed(request.tenant, request.pending.id));
        log_info("delete request processed",
                 {{"tenant", request.tenant.text()}, {"id", request.pending.id}});
        return {};
    }
    std::string why = task.obstacle;
    if (why.empty())
        why =
            "lines in memory, which become a segment within ingester.generation.max_age (or with "
            "POST /flush)";
    parts_.deletes->note(request.tenant, request.pending.id, task.segments - task.left,
                         task.segments, std::move(why));
    return {};
}

Result<void> DeletePass::run() {
    if (parts_.deletes == nullptr) return {};
    Result<void> outcome = parts_.deletes->tidy();
    std::vector<Task> all = tasks();
    if (all.empty()) return outcome;
    SKALD_TRY(const std::vector<StoredSegment> segments, parts_.store.segments());
    const auto keep_first = [&](Result<void> next) {
        if (outcome && !next) outcome = std::move(next);
    };
    for (const StoredSegment& segment : segments) {
        if (!host_.is_dropped(segment.id)) keep_first(treat(segment, all));
    }
    for (const Task& task : all) keep_first(finish(task));
    return outcome;
}

}  // namespace skald::storage
