// SPDX-License-Identifier: Apache-2.0
#include "otlp_mapping.h"

#include "list_room.h"
#include "otlp_attributes.h"
#include "otlp_text.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

using Pairs = std::vector<LabelView>;

constexpr std::string_view kServiceName = "service_name";
constexpr std::string_view kServiceNameAttribute = "service.name";
constexpr std::string_view kUnknownService = "unknown_service";
constexpr std::string_view kSeverityText = "severity_text";
/// Of a resource or a scope, with the few pairs that an ordinary one has.
constexpr std::size_t kContextBytes = 256;
/// The pairs that a record has without any attribute, and their numbers as text.
constexpr std::size_t kRecordPairs = 7;
constexpr std::size_t kNumbersBytes = 32;
/// Of a stream beside its text: its places in two tables.
constexpr std::size_t kStreamBytes = 128;

TimeNs to_time(std::uint64_t nanos) {
    return nanos > static_cast<std::uint64_t>(kTimeMax) ? kTimeMax : static_cast<TimeNs>(nanos);
}

/// One request on its way from records to lines.
class OtlpMapper {
public:
    OtlpMapper(const OtlpLogs& logs, const Limits& limits, TimeNs now, BudgetShare& share)
        : logs_(logs),
          config_(limits.otlp_config),
          limits_(limits),
          now_(now),
          charge_(share),
          room_(share),
          attributes_(logs, *logs.arena, charge_, room_) {}

    Result<write::PushBatch> run() {
        if (!room_.make(plans_, logs_.records.size())) return room_.refusal();
        for (const OtlpResource& resource : logs_.resources) {
            SKALD_CHECK(plan_resource(resource));
        }
        SKALD_CHECK(emit());
        batch_.format = write::PushFormat::kOtlp;
        return std::move(batch_);
    }

private:
    /// What all records of a resource, or of a scope, share.
    struct Context {
        Pairs labels;
        Pairs metadata;
    };
    /// A record and the stream that it goes to.
    struct Plan {
        const OtlpRecord* record = nullptr;
        std::uint32_t resource = 0;
        std::uint32_t scope = 0;
        std::uint32_t stream = 0;
    };

    Result<void> plan_resource(const OtlpResource& resource);
    Result<void> plan_scope(const OtlpScope& scope, std::uint32_t resource);
    Result<void> plan_record(const OtlpRecord& record, Plan plan);
    void add_service_name(Context& context, bool named) const;
    Result<std::uint32_t> stream_of(Pairs labels);

    Result<void> emit();
    Result<void> emit_record(const Plan& plan);
    Result<void> add_record_metadata(const OtlpRecord& record);
    void add_number(std::string_view name, std::uint64_t number);
    void add_text(std::string_view name, std::string_view value);
    TimeNs time_of(const OtlpRecord& record) const;

    const OtlpLogs& logs_;
    const OtlpConfig& config_;
    const Limits& limits_;
    const TimeNs now_;
    BudgetCharge charge_;
    ListRoom room_;
    OtlpAttributes attributes_;

    std::vector<Context> resources_;
    std::vector<Context> scopes_;
    std::vector<Plan> plans_;
    std::vector<std::string_view> streams_;  ///< Label texts.
    std::unordered_map<std::string_view, std::uint32_t> stream_numbers_;
    write::PushBatch batch_;
};

Result<void> OtlpMapper::plan_resource(const OtlpResource& resource) {
    SKALD_CHECK(charge_.take(kContextBytes));
    Context context;
    bool named = false;
    for (std::uint32_t i = resource.attributes; i != 0; i = logs_.nodes[i].next) {
        const OtlpNode& node = logs_.nodes[i];
        const OtlpAction action = config_.resource_action(node.key);
        if (node.key == kServiceNameAttribute)
            named = node.kind != OtlpKind::kEmpty &&
                    !(node.kind == OtlpKind::kString && node.text.empty());
        if (action == OtlpAction::kDrop) continue;
        Pairs& target = action == OtlpAction::kIndexLabel ? context.labels : context.metadata;
        SKALD_CHECK(attributes_.add(node, target));
    }
    add_service_name(context, named);
    const auto number = static_cast<std::uint32_t>(resources_.size());
    if (!room_.make(resources_)) return room_.refusal();
    resources_.push_back(std::move(context));
    for (std::uint32_t i = resource.scopes_begin; i < resource.scopes_end; ++i) {
        SKALD_CHECK(plan_scope(logs_.scopes[i], number));
    }
    return {};
}

/// The first label that may name a service does, if the client does not say it.
void OtlpMapper::add_service_name(Context& context, bool named) const {
    const std::vector<std::string>& hints = limits_.discover_service_name;
    if (named || hints.empty()) return;
    const auto found =
        std::find_if(context.labels.begin(), context.labels.end(), [&](const LabelView& label) {
            return !label.value.empty() &&
                   std::find(hints.begin(), hints.end(), label.name) != hints.end();
        });
    const std::string_view service = found == context.labels.end() ? kUnknownService : found->value;
    context.labels.push_back({kServiceName, service});
}

Result<void> OtlpMapper::plan_scope(const OtlpScope& scope, std::uint32_t resource) {
    SKALD_CHECK(charge_.take(kContextBytes));
    Context context;
    for (std::uint32_t i = scope.attributes; i != 0; i = logs_.nodes[i].next) {
        if (config_.scope_action(logs_.nodes[i].key) == OtlpAction::kDrop) continue;
        SKALD_CHECK(attributes_.add(logs_.nodes[i], context.metadata));
    }
    if (!scope.name.empty()) context.metadata.push_back({"scope_name", scope.name});
    if (!scope.version.empty()) context.metadata.push_back({"scope_version", scope.version});
    if (scope.dropped_attributes != 0)
        context.metadata.push_back({"scope_dropped_attributes_count",
                                    number_text(scope.dropped_attributes, *logs_.arena)});
    const auto number = static_cast<std::uint32_t>(scopes_.size());
    if (!room_.make(scopes_)) return room_.refusal();
    scopes_.push_back(std::move(context));
    for (std::uint32_t i = scope.records_begin; i < scope.records_end; ++i) {
        SKALD_CHECK(plan_record(logs_.records[i], {&logs_.records[i], resource, number, 0}));
    }
    return {};
}

Result<void> OtlpMapper::plan_record(const OtlpRecord& record, Plan plan) {
    const Pairs& shared = resources_[plan.resource].labels;
    const bool by_severity = config_.severity_text_as_label && !record.severity_text.empty();
    Pairs own;
    if (!config_.log_rules.empty()) {
        for (std::uint32_t i = record.attributes; i != 0; i = logs_.nodes[i].next) {
            if (config_.log_action(logs_.nodes[i].key) != OtlpAction::kIndexLabel) continue;
            SKALD_CHECK(attributes_.add(logs_.nodes[i], own));
        }
    }
    if (by_severity) own.push_back({kSeverityText, record.severity_text});
    const bool as_before = own.empty() && !plans_.empty() &&
                           plans_.back().resource == plan.resource && config_.log_rules.empty() &&
                           !config_.severity_text_as_label;
    if (as_before) {
        plan.stream = plans_.back().stream;
    } else {
        SKALD_CHECK(charge_.take((shared.size() + own.size()) * sizeof(LabelView)));
        Pairs labels = shared;
        labels.insert(labels.end(), own.begin(), own.end());
        SKALD_TRY(plan.stream, stream_of(std::move(labels)));
    }
    plans_.push_back(plan);
    return {};
}

/// The number of the stream with these labels; of equal names the last counts.
Result<std::uint32_t> OtlpMapper::stream_of(Pairs labels) {
    const Labels sorted = Labels::from_views(std::move(labels));
    std::string text = "{";
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (sorted[i].value.empty()) continue;
        if (text.size() > 1) text += ", ";
        text += sorted[i].name;
        text += '=';
        append_go_quoted(text, is_valid_utf8(sorted[i].value) ? std::string(sorted[i].value)
                                                              : to_valid_utf8(sorted[i].value));
    }
    text += '}';
    const auto known = stream_numbers_.find(text);
    if (known != stream_numbers_.end()) return known->second;
    SKALD_CHECK(charge_.take(text.size() + kStreamBytes));
    const auto number = static_cast<std::uint32_t>(streams_.size());
    streams_.push_back(logs_.arena->copy(text));
    stream_numbers_.emplace(streams_.back(), number);
    return number;
}

Result<void> OtlpMapper::emit() {
    const auto by_stream = [](const Plan& a, const Plan& b) {
        return a.stream != b.stream ? a.stream < b.stream : a.record < b.record;
    };
    if (!std::is_sorted(plans_.begin(), plans_.end(), by_stream))
        std::sort(plans_.begin(), plans_.end(), by_stream);
    if (!room_.make(batch_.entries, plans_.size())) return room_.refusal();
    for (const Plan& plan : plans_) {
        SKALD_CHECK(emit_record(plan));
        const auto end = static_cast<std::uint32_t>(batch_.entries.size());
        if (batch_.streams.size() <= plan.stream)
            batch_.streams.push_back({streams_[plan.stream], end - 1, end});
        batch_.streams.back().entries_end = end;
    }
    return {};
}

Result<void> OtlpMapper::emit_record(const Plan& plan) {
    const OtlpRecord& record = *plan.record;
    EntryView entry;
    entry.time = time_of(record);
    if (record.body != 0) {
        entry.line = otlp_text(logs_, logs_.nodes[record.body], *logs_.arena);
        SKALD_CHECK(charge_.take(entry.line.size()));
    }
    const std::size_t begin = batch_.pairs.size();
    SKALD_CHECK(add_record_metadata(record));
    const Pairs& resource = resources_[plan.resource].metadata;
    const Pairs& scope = scopes_[plan.scope].metadata;
    if (!room_.make(batch_.pairs, resource.size() + scope.size())) return room_.refusal();
    batch_.pairs.insert(batch_.pairs.end(), resource.begin(), resource.end());
    batch_.pairs.insert(batch_.pairs.end(), scope.begin(), scope.end());
    if (batch_.pairs.size() > std::numeric_limits<std::uint32_t>::max())
        return Error{ErrorCode::kTooLarge, "request body too large: too much structured metadata"};
    entry.metadata_begin = static_cast<std::uint32_t>(begin);
    entry.metadata_count = static_cast<std::uint32_t>(batch_.pairs.size() - begin);
    batch_.entries.push_back(entry);
    return {};
}

Result<void> OtlpMapper::add_record_metadata(const OtlpRecord& record) {
    for (std::uint32_t i = record.attributes; i != 0; i = logs_.nodes[i].next) {
        const OtlpNode& node = logs_.nodes[i];
        if (config_.log_action(node.key) != OtlpAction::kStructuredMetadata) continue;
        SKALD_CHECK(attributes_.add(node, batch_.pairs));
    }
    SKALD_CHECK(charge_.take(kNumbersBytes));
    if (!room_.make(batch_.pairs, kRecordPairs)) return room_.refusal();
    if (record.time != 0) add_number("observed_timestamp", record.observed);
    if (record.severity_number != 0)
        add_text("severity_number", logs_.arena->copy(std::to_string(record.severity_number)));
    add_text(kSeverityText, record.severity_text);
    add_number("dropped_attributes_count", record.dropped_attributes);
    add_number("flags", record.flags);
    add_text("trace_id", record.trace_id);
    add_text("span_id", record.span_id);
    return {};
}

void OtlpMapper::add_number(std::string_view name, std::uint64_t number) {
    if (number != 0) batch_.pairs.push_back({name, number_text(number, *logs_.arena)});
}

void OtlpMapper::add_text(std::string_view name, std::string_view value) {
    if (!value.empty()) batch_.pairs.push_back({name, value});
}

TimeNs OtlpMapper::time_of(const OtlpRecord& record) const {
    if (record.time != 0) return to_time(record.time);
    return record.observed != 0 ? to_time(record.observed) : now_;
}

}  // namespace

Result<write::PushBatch> map_otlp(OtlpLogs logs, const Limits& limits, TimeNs now,
                                  BudgetShare& share) {
    OtlpMapper mapper(logs, limits, now, share);
    SKALD_TRY(write::PushBatch batch, mapper.run());
    batch.owners = std::move(logs.owners);
    batch.owners.push_back(std::move(logs.arena));
    return batch;
}

}  // namespace skald::api
