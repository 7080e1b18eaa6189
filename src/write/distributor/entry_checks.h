// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discards.h"
#include "tenant_rules.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/limits.h>
#include <skald/write/distributor/text_arena.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace skald::write {

/// Why one entry is refused.
struct EntryRefusal {
    DiscardReason reason = DiscardReason::kTooOld;
    std::string message;
};

/// The checks of single entries: age, length, structured metadata (http-api 5.2).
/// Threading: immutable; `limits` must outlive it.
class EntryChecks {
public:
    EntryChecks(const Limits& limits, TimeNs now);

    /// Cuts a line that is too long, if the tenant wants that rather than a refusal.
    void truncate(EntryView& entry, TextArena& arena, PushTotals& totals) const;

    bool accepts(const EntryView& entry, std::span<const LabelView> metadata) const {
        return entry.time >= oldest_ && entry.time <= newest_ &&
               entry.line.size() <= longest_line_ && (metadata.empty() || accepts(metadata));
    }
    /// The first check that fails. Requires: !accepts(entry, metadata).
    EntryRefusal explain(const EntryView& entry, std::span<const LabelView> metadata,
                         const Labels& labels) const;

private:
    bool accepts(std::span<const LabelView> metadata) const;

    const Limits& limits_;
    TimeNs oldest_;
    TimeNs newest_;
    std::size_t longest_line_;
};

/// `increment_duplicate_timestamp`: moves an entry that has the time of the accepted entry before
/// it, but another line, to one nanosecond behind it.
/// Threading: single-owner; one for a stream of a request.
class TimeIncrement {
public:
    explicit TimeIncrement(bool enabled) : enabled_(enabled) {}

    void apply(EntryView& entry) {
        if (!enabled_) return;
        const bool same_time = entry.time == original_time_ || entry.time == last_time_;
        if (has_last_ && same_time && entry.line != last_line_)
            entry.time = last_time_ + 1;
        else
            original_time_ = entry.time;
        has_last_ = true;
        last_time_ = entry.time;
        last_line_ = entry.line;
    }

private:
    const bool enabled_;
    bool has_last_ = false;
    TimeNs original_time_ =
        0;  ///< As sent, of the first entry of the current series of equal times.
    TimeNs last_time_ = 0;
    std::string_view last_line_;
};

/// Errors: kTooLarge for a label text above 16 MiB.
Result<void> check_label_text_size(std::string_view label_text);

}  // namespace skald::write
