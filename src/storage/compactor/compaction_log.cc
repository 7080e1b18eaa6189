// SPDX-License-Identifier: Apache-2.0
#include "compaction_log.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::size_t kRemovalsShown = 100;

double seconds_of(TimeNs time) {
    return static_cast<double>(time) / static_cast<double>(kNanosPerSecond);
}

/// Writes one JSON object, key by key.
class JsonObject {
public:
    explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
    ~JsonObject() { out_ += '}'; }
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;

    void number(std::string_view key, std::uint64_t value) { name(key) += std::to_string(value); }
    void text(std::string_view key, std::string_view value) {
        name(key) += '"';
        append_json_escaped(out_, value);
        out_ += '"';
    }
    /// null for 0, which stands for "never".
    void time(std::string_view key, TimeNs value) {
        if (value == 0)
            name(key) += "null";
        else
            text(key, format_rfc3339(value));
    }
    std::string& name(std::string_view key) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        out_ += '"';
        out_ += key;
        out_ += "\":";
        return out_;
    }
    /// A list with one object for each of `items`.
    template <class Items, class Write>
    void list(std::string_view key, const Items& items, Write write) {
        name(key) += '[';
        bool is_first = true;
        for (const auto& item : items) {
            if (!is_first) out_ += ',';
            is_first = false;
            JsonObject object(out_);
            write(object, item);
        }
        out_ += ']';
    }

private:
    std::string& out_;
    bool is_first_ = true;
};

}  // namespace

CompactionLog::CompactionLog(MetricsRegistry& metrics)
    : metrics_(metrics),
      running_(metrics.gauge("loki_boltdb_shipper_compactor_running",
                             "1 if the compactor runs in this process.")),
      run_seconds_(metrics.gauge("loki_boltdb_shipper_compact_tables_operation_duration_seconds",
                                 "Time that the last run of the compactor took.")),
      run_success_time_(metrics.gauge(
          "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds",
          "When the last run of the compactor that succeeded ended.")),
      retention_seconds_(metrics.gauge("loki_compactor_apply_retention_operation_duration_seconds",
                                       "Time that retention took when it was last applied.")),
      retention_success_time_(
          metrics.gauge("loki_compactor_apply_retention_last_successful_run_timestamp_seconds",
                        "When retention was last applied with success.")),
      bytes_in_(metrics.counter("skald_compactor_read_bytes_total",
                                "Bytes of the segments that were merged.")),
      bytes_out_(metrics.counter("skald_compactor_written_bytes_total",
                                 "Bytes of the segments that merging made.")),
      duplicates_(metrics.counter("skald_compactor_duplicate_rows_total",
                                  "Exact duplicates that merging dropped.")),
      expired_(metrics.counter("skald_compactor_expired_rows_total",
                               "Rows past their retention that merging dropped.")),
      removed_objects_(metrics.counter("skald_compactor_removed_objects_total",
                                       "Objects of replaced and dropped segments that are gone.")) {
    running_.set(1);
}

void CompactionLog::began(TimeNs now, std::string_view what) {
    auto state = state_.lock();
    state->last_start = now;
    state->now_doing = what;
}

void CompactionLog::ended(TimeNs now, TimeNs next, bool succeeded, double seconds) {
    metrics_
        .counter("loki_boltdb_shipper_compact_tables_operation_total", "Runs of the compactor.",
                 {{"status", succeeded ? "success" : "failure"}})
        .add();
    run_seconds_.set(seconds);
    auto state = state_.lock();
    state->now_doing.clear();
    state->next_run = next;
    if (!succeeded) return;
    run_success_time_.set(seconds_of(now));
    state->last_success = now;
}

void CompactionLog::retention_ended(TimeNs now, bool succeeded, double seconds) {
    metrics_
        .counter("loki_compactor_apply_retention_operation_total",
                 "Times that retention was applied.",
                 {{"status", succeeded ? "success" : "failure"}})
        .add();
    retention_seconds_.set(seconds);
    if (succeeded) retention_success_time_.set(seconds_of(now));
}

void CompactionLog::failed(TimeNs now, std::string_view what, const Error& error) {
    auto state = state_.lock();
    state->last_failure = now;
    state->last_error = std::string(what) + ": " + error.message;
}

void CompactionLog::note_rows(State& state, TimeNs now, std::string_view reason,
                              const std::map<TenantId, std::uint64_t>& rows) {
    for (const auto& [tenant, count] : rows)
        state.removed_rows.push_front({now, reason, tenant.text(), count});
    if (state.removed_rows.size() > kRemovalsShown) state.removed_rows.resize(kRemovalsShown);
}

void CompactionLog::merged(TimeNs now, std::uint64_t inputs, std::uint64_t bytes_in,
                           std::uint64_t bytes_out, const MergeTotals& totals) {
    bytes_in_.add(static_cast<double>(bytes_in));
    bytes_out_.add(static_cast<double>(bytes_out));
    duplicates_.add(static_cast<double>(totals.duplicate_rows));
    expired_.add(static_cast<double>(totals.expired_rows));
    auto state = state_.lock();
    ++state->merges;
    state->merged_segments += inputs;
    state->bytes_in += bytes_in;
    state->bytes_out += bytes_out;
    state->rows.rows_in += totals.rows_in;
    state->rows.rows_out += totals.rows_out;
    state->rows.duplicate_rows += totals.duplicate_rows;
    state->rows.expired_rows += totals.expired_rows;
    state->rows.deleted_rows += totals.deleted_rows;
    note_rows(*state, now, "expired", totals.expired_of);
    note_rows(*state, now, "deleted", totals.deleted_of);
}

void CompactionLog::dropped(TimeNs now, std::string_view reason, const StoredSegment& segment) {
    metrics_
        .counter("skald_compactor_dropped_segments_total", "Segments that were dropped whole.",
                 {{"reason", std::string(reason)}})
        .add();
    Removal removal{now, std::string(reason), segment.id.text, 0, segment.stored_bytes};
    for (const RegionSummary& region : segment.regions)
        removal.newest = std::max(removal.newest, region.max_time);
    auto state = state_.lock();
    ++state->dropped_segments;
    state->dropped_bytes += segment.stored_bytes;
    state->removals.push_front(std::move(removal));
    if (state->removals.size() > kRemovalsShown) state->removals.pop_back();
}

void CompactionLog::swept(const SegmentRewriter::Swept& swept) {
    removed_objects_.add(static_cast<double>(swept.segments));
    auto state = state_.lock();
    state->removed_objects += swept.segments;
    state->removed_bytes += swept.bytes;
    state->waiting_objects = swept.waiting;
}

void CompactionLog::coming_up(std::vector<Upcoming> next, std::uint64_t stored_bytes) {
    auto state = state_.lock();
    state->upcoming = std::move(next);
    state->stored_bytes = stored_bytes;
}

std::string CompactionLog::json() const {
    auto state = state_.lock();
    std::string out;
    {
        JsonObject page(out);
        page.text("doing", state->now_doing.empty() ? "waiting" : state->now_doing);
        page.time("last_start", state->last_start);
        page.time("last_success", state->last_success);
        page.time("last_failure", state->last_failure);
        page.text("last_error", state->last_error);
        page.time("next_run", state->next_run);
        page.number("stored_bytes", state->stored_bytes);
        page.number("merges", state->merges);
        page.number("merged_segments", state->merged_segments);
        page.number("merged_bytes_before", state->bytes_in);
        page.number("merged_bytes_after", state->bytes_out);
        page.number("merged_rows", state->rows.rows_in);
        page.number("duplicate_rows_dropped", state->rows.duplicate_rows);
        page.number("expired_rows_dropped", state->rows.expired_rows);
        page.number("deleted_rows_dropped", state->rows.deleted_rows);
        page.number("dropped_segments", state->dropped_segments);
        page.number("dropped_bytes", state->dropped_bytes);
        page.number("objects_removed", state->removed_objects);
        page.number("objects_waiting_for_removal", state->waiting_objects);
        page.list("removed", state->removals, [](JsonObject& object, const Removal& removal) {
            object.time("time", removal.time);
            object.text("reason", removal.reason);
            object.text("segment", removal.segment);
            object.time("newest_line", removal.newest);
            object.number("bytes", removal.bytes);
        });
        page.list("removed_lines", state->removed_rows,
                  [](JsonObject& object, const RemovedRows& removed) {
                      object.time("time", removed.time);
                      object.text("reason", removed.reason);
                      object.text("tenant", removed.tenant);
                      object.number("lines", removed.rows);
                  });
        page.list("next", state->upcoming, [](JsonObject& object, const Upcoming& upcoming) {
            object.time("expires", upcoming.expires);
            object.text("reason", upcoming.reason);
            object.text("segment", upcoming.segment);
            object.number("bytes", upcoming.bytes);
        });
    }
    return out + "\n";
}

}  // namespace skald::storage
