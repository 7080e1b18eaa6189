// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_charge.h"
#include "list_room.h"
#include "otlp_logs.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>

#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::api {

/// Writes attributes as pairs: names normalised, the members of maps one by one as `parent_child`.
/// Threading: single-owner. What is passed by reference must outlive it.
class OtlpAttributes {
public:
    OtlpAttributes(const OtlpLogs& logs, write::TextArena& arena, BudgetCharge& charge,
                   ListRoom& room)
        : logs_(logs), arena_(arena), charge_(charge), room_(room) {}

    /// Appends the pairs of one attribute. Errors: kInvalidArgument (nothing is left of a name),
    /// those of the charge.
    Result<void> add(const OtlpNode& node, std::vector<LabelView>& pairs);

private:
    Result<void> add_named(std::string_view name, const OtlpNode& node,
                           std::vector<LabelView>& pairs);
    Result<std::string_view> normalized(std::string_view name);

    const OtlpLogs& logs_;
    write::TextArena& arena_;
    BudgetCharge& charge_;
    ListRoom& room_;
    std::unordered_map<std::string_view, std::string_view> names_;  ///< As sent -> as kept.
};

}  // namespace skald::api
