// SPDX-License-Identifier: Apache-2.0
#include "unwrapper.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <algorithm>
#include <utility>

namespace skald::read {
namespace {

Result<double> convert(UnwrapConversion conversion, std::string_view text) {
    switch (conversion) {
        case UnwrapConversion::kBytes: {
            SKALD_TRY(const std::uint64_t bytes, parse_humanized_bytes(text));
            return static_cast<double>(bytes);
        }
        case UnwrapConversion::kDuration:
        case UnwrapConversion::kDurationSeconds: {
            SKALD_TRY(const DurationNs length, parse_go_duration(text));
            // Apart, so that whole seconds stay exact.
            return static_cast<double>(length / kNanosPerSecond) +
                   static_cast<double>(length % kNanosPerSecond) /
                       static_cast<double>(kNanosPerSecond);
        }
        case UnwrapConversion::kNone: break;
    }
    return parse_float(text);
}

}  // namespace

Result<Unwrapper> Unwrapper::create(const Unwrap& unwrap) {
    Unwrapper unwrapper;
    unwrapper.label_ = unwrap.label;
    unwrapper.conversion_ = unwrap.conversion;
    for (const LabelFilter& filter : unwrap.filters) {
        SKALD_TRY(auto program, LabelFilterProgram::compile(filter));
        const std::vector<std::string>& names = program->names();
        if (std::find(names.begin(), names.end(), kErrorLabel) != names.end()) {
            unwrapper.reads_error_ = true;
        }
        unwrapper.filters_.push_back(std::move(program));
    }
    return unwrapper;
}

std::optional<double> Unwrapper::run(RowLabels& row) const {
    const std::string_view text = row.find(label_).value_or(std::string_view());
    if (text.empty()) return std::nullopt;
    Result<double> value = convert(conversion_, text);
    if (!value) row.set_error("SampleExtractionErr", std::move(value).error().message);
    for (const auto& filter : filters_) {
        LabelFilterProgram::Outcome outcome = filter->evaluate(row);
        if (!outcome.error.empty() && !row.has_error()) {
            row.set_error(std::move(outcome.error), std::move(outcome.error_details));
        }
        if (!outcome.keep) return std::nullopt;
    }
    return value ? *value : 0;
}

void Unwrapper::add_needs(NeededLabels& needs) const {
    needs.add(label_);
    for (const auto& filter : filters_) {
        for (const std::string& name : filter->names()) needs.add(name);
    }
}

}  // namespace skald::read
