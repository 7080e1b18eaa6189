// SPDX-License-Identifier: Apache-2.0
#include "entry_checks.h"

#include "metadata.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace skald::write {

namespace {

constexpr std::size_t kLabelTextMax = 16 * kMiB;

/// Times nearer than this to the ends of their range are refused whatever the limits say, so that
/// windows and steps around stored times can't overflow. (Times beyond the range come as its ends.)
constexpr TimeNs kMargin = 2 * 366 * kNanosPerDay;
constexpr TimeNs kOldest = kTimeMin + kMargin;
constexpr TimeNs kNewest = kTimeMax - kMargin;

TimeNs saturated_add(TimeNs time, DurationNs by) {
    TimeNs sum = 0;
    if (!__builtin_add_overflow(time, by, &sum)) return sum;
    return by < 0 ? kTimeMin : kTimeMax;
}

/// An entry without a time has Go's zero time in Loki's message.
std::string time_text(TimeNs time) {
    return time == kTimeMin ? "0001-01-01T00:00:00Z" : format_rfc3339(time);
}

std::string ask_for(std::string_view limit, std::string_view to_what) {
    return ". Please see `limits_config." + std::string(limit) +
           "` or contact your Loki administrator to " + std::string(to_what) + " it";
}

}  // namespace

EntryChecks::EntryChecks(const Limits& limits, TimeNs now)
    : limits_(limits),
      oldest_(limits.reject_old_samples ? saturated_add(now, -limits.reject_old_samples_max_age)
                                        : kTimeMin),
      newest_(saturated_add(now, limits.creation_grace_period)),
      longest_line_(limits.max_line_size == 0 ? std::numeric_limits<std::size_t>::max()
                                              : limits.max_line_size) {
    oldest_ = std::max(oldest_, kOldest);
    newest_ = std::min(newest_, kNewest);
}

void EntryChecks::truncate(EntryView& entry, TextArena& arena, PushTotals& totals) const {
    if (!limits_.max_line_size_truncate || entry.line.size() <= longest_line_) return;
    const std::string& mark = limits_.max_line_size_truncate_identifier;
    if (mark.size() >= longest_line_) return;
    const std::size_t kept = longest_line_ - mark.size();
    totals.truncated_lines += 1;
    totals.truncated_bytes += entry.line.size() - longest_line_;
    if (mark.empty()) {
        entry.line = entry.line.substr(0, kept);
        return;
    }
    char* const cut = arena.reserve(longest_line_);
    std::memcpy(cut, entry.line.data(), kept);
    std::memcpy(cut + kept, mark.data(), mark.size());
    entry.line = {cut, longest_line_};
}

bool EntryChecks::accepts(std::span<const LabelView> metadata) const {
    if (!limits_.allow_structured_metadata) return false;
    const std::uint64_t bytes_max = limits_.max_structured_metadata_size;
    const std::uint32_t count_max = limits_.max_structured_metadata_entries_count;
    if (count_max != 0 && metadata.size() > count_max) return false;
    return bytes_max == 0 || metadata_bytes(metadata) <= bytes_max;
}

EntryRefusal EntryChecks::explain(const EntryView& entry, std::span<const LabelView> metadata,
                                  const Labels& labels) const {
    const std::string stream = labels.to_string();
    if (entry.time < oldest_)
        return {DiscardReason::kTooOld,
                "entry for stream '" + stream +
                    "' has timestamp too old: " + time_text(entry.time) +
                    ", oldest acceptable timestamp is: " + format_rfc3339(oldest_) +
                    (oldest_ > kOldest ? " (limits_config.reject_old_samples_max_age)" : "")};
    if (entry.time > newest_)
        return {DiscardReason::kTooNew,
                "entry for stream '" + stream +
                    "' has timestamp too new: " + time_text(entry.time) +
                    (newest_ < kNewest ? " (limits_config.creation_grace_period)" : "")};
    if (entry.line.size() > longest_line_)
        return {DiscardReason::kLineTooLong, "max entry size '" + std::to_string(longest_line_) +
                                                 "' bytes exceeded for stream '" + stream +
                                                 "' while adding an entry with length '" +
                                                 std::to_string(entry.line.size()) + "' bytes"};
    if (!limits_.allow_structured_metadata)
        return {DiscardReason::kMetadataDisallowed,
                "stream '" + stream +
                    "' includes structured metadata, but this feature is disallowed" +
                    ask_for("allow_structured_metadata", "enable")};
    const std::uint64_t bytes_max = limits_.max_structured_metadata_size;
    const std::uint64_t bytes = metadata_bytes(metadata);
    if (bytes_max != 0 && bytes > bytes_max)
        return {DiscardReason::kMetadataTooLarge,
                "stream '" + stream + "' has structured metadata too large: '" +
                    std::to_string(bytes) + "' bytes, limit: '" + std::to_string(bytes_max) +
                    "' bytes" + ask_for("max_structured_metadata_size", "increase")};
    return {DiscardReason::kMetadataTooMany,
            "stream '" + stream + "' has too many structured metadata labels: '" +
                std::to_string(metadata.size()) + "', limit: '" +
                std::to_string(limits_.max_structured_metadata_entries_count) + "'" +
                ask_for("max_structured_metadata_entries_count", "increase")};
}

Result<void> check_label_text_size(std::string_view label_text) {
    if (label_text.size() <= kLabelTextMax) return {};
    const std::size_t megabytes = (label_text.size() + 500'000) / 1'000'000;
    return Error{ErrorCode::kTooLarge, "request body too large: stream labels size " +
                                           std::to_string(megabytes) +
                                           " MB exceeds limit of 17 MB"};
}

}  // namespace skald::write
