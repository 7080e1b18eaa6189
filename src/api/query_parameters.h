// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_form.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/read/querier/query.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The parameters that read endpoints share (http-api section 7). Errors are kInvalidArgument.
namespace skald::api {

/// A time as text: seconds with a fraction, whole seconds (up to 10 characters), nanoseconds, or
/// RFC 3339. Times that do not fit become the nearest that does. Errors: Go's strconv text.
Result<TimeNs> parse_timestamp(std::string_view text);

/// Seconds as a number, or a Prometheus duration. Errors: `cannot parse "x" to a valid duration`.
Result<DurationNs> parse_seconds_or_duration(std::string_view text);

struct TimeRange {
    TimeNs start = 0;
    TimeNs end = 0;
};
/// `start`, `end` and `since`; the last hour by default. The end may lie before the start.
Result<TimeRange> parse_range(const Form& form, TimeNs now);
/// As parse_range; an end before the start is an error.
Result<TimeRange> parse_ordered_range(const Form& form, TimeNs now);
/// As parse_ordered_range, to whole milliseconds, the last one inside: what lists streams and
/// labels is that coarse, and clients that know milliseconds only ask for the one of a row.
Result<TimeRange> parse_listing_range(const Form& form, TimeNs now);

/// Everything of `query_range` but the tenant.
Result<read::QueryRequest> parse_range_query(const Form& form, TimeNs now);
/// Everything of `query` but the tenant.
Result<read::QueryRequest> parse_instant_query(const Form& form, TimeNs now);

/// Everything of `tail` but the tenant and the delay: the range is that of the lines that were
/// there before.
Result<read::QueryRequest> parse_tail_query(const Form& form, TimeNs now);
/// `delay_for` of a tail, at most five seconds.
Result<DurationNs> parse_tail_delay(const Form& form);
/// Adds the legacy parameter `regexp` to the query as a line filter.
void add_legacy_regexp(const Form& form, std::string& query);

/// What `index/volume` and `index/volume_range` take besides a selector; one bucket for the former.
struct VolumeParameters {
    TimeRange range;
    DurationNs step = 0;
    std::uint32_t limit = 100;
    std::vector<std::string> target_labels;
    bool by_label_names = false;
};
enum class VolumeKind { kInstant, kRange };
Result<VolumeParameters> parse_volume(const Form& form, TimeNs now, VolumeKind kind);

/// What the `detected_field` endpoints take besides a query.
struct FieldParameters {
    TimeRange range;
    std::uint32_t lines = 100;   ///< `line_limit`: lines that are looked at.
    std::uint32_t limit = 1000;  ///< `limit`, or by its old name `field_limit`.
};
Result<FieldParameters> parse_fields(const Form& form, TimeNs now);

}  // namespace skald::api
