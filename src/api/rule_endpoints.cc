// SPDX-License-Identifier: Apache-2.0
#include "rule_endpoints.h"

#include "budget_charge.h"
#include "error_response.h"
#include "http_form.h"
#include "rule_json.h"

#include <skald/foundation/model/split.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

using Namespaces = read::Ruler::Namespaces;

HttpResponse yaml_answer(std::string body) {
    return {
        .status = 200, .content_type = "application/yaml", .body = std::move(body), .headers = {}};
}

HttpResponse json(int status, std::string body) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(body),
            .headers = {}};
}

/// Changes are accepted, 202.
HttpResponse accepted(const Result<void>& done) {
    if (!done) return push_error(done.error());
    return json(202, ruler_success_json("null"));
}

/// `labels=k:v,k2:v2`: rules that have all of these.
bool has_labels(const read::Rule& rule, std::string_view wanted) {
    while (!wanted.empty()) {
        const std::string_view pair = take_part(wanted, ',');
        const std::size_t colon = std::min(pair.find(':'), pair.size());
        const auto found = rule.labels.find(std::string(pair.substr(0, colon)));
        if (found == rule.labels.end() ||
            found->second != pair.substr(std::min(colon + 1, pair.size())))
            return false;
    }
    return true;
}

void keep_labelled(Namespaces& namespaces, std::string_view wanted) {
    if (wanted.empty()) return;
    for (auto& [name, groups] : namespaces) {
        for (read::RuleGroup& group : groups)
            std::erase_if(group.rules,
                          [&](const read::Rule& rule) { return !has_labels(rule, wanted); });
        std::erase_if(groups, [](const read::RuleGroup& group) { return group.rules.empty(); });
    }
    std::erase_if(namespaces, [](const auto& each) { return each.second.empty(); });
}

bool is_one_of(const std::vector<std::string>& list, const std::string& text) {
    return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

/// A parameter that may come several times, with or without brackets.
std::vector<std::string> all_of(const Form& form, const std::string& name) {
    std::vector<std::string> values;
    for (const std::string& spelled : {name, name + "[]"})
        for (const auto& value : form.values(spelled)) values.emplace_back(value);
    return values;
}

}  // namespace

Task<HttpResponse> RuleEndpoints::list(HttpRequest request) {
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    std::function<Result<Namespaces>()> read = [this, &request] {
        return ruler_.rules(*request.tenant);
    };
    Result<Namespaces> found = co_await run_on(workers_, Lane::kQuery, std::move(read));
    if (!found) co_return push_error(found.error());
    if (!request.path_values.empty())
        std::erase_if(*found,
                      [&](const auto& each) { return each.first != request.path_values[0]; });
    keep_labelled(*found, form->value("labels"));
    if (found->empty()) co_return push_error({ErrorCode::kNotFound, "no rule groups found"});
    co_return yaml_answer(read::rule_namespaces_yaml(*found));
}

Task<HttpResponse> RuleEndpoints::group(HttpRequest request) {
    std::function<Result<Namespaces>()> read = [this, &request] {
        return ruler_.rules(*request.tenant);
    };
    const Result<Namespaces> found = co_await run_on(workers_, Lane::kQuery, std::move(read));
    if (!found) co_return push_error(found.error());
    const auto space = found->find(request.path_values.at(0));
    if (space != found->end()) {
        for (const read::RuleGroup& group : space->second)
            if (group.name == request.path_values.at(1))
                co_return yaml_answer(read::rule_group_yaml(group));
    }
    co_return push_error({ErrorCode::kNotFound, "group does not exist"});
}

Task<HttpResponse> RuleEndpoints::put(HttpRequest request) {
    std::function<Result<void>()> write = [this, &request] {
        BudgetCharge budget(request.share);
        return ruler_.put_group(*request.tenant, request.path_values.at(0), request.body.view(),
                                [&budget](std::uint64_t bytes) { return budget.take(bytes); });
    };
    const Result<void> done = co_await run_on(workers_, Lane::kQuery, std::move(write));
    co_return accepted(done);
}

Task<HttpResponse> RuleEndpoints::remove_namespace(HttpRequest request) {
    std::function<Result<void>()> write = [this, &request] {
        return ruler_.remove_namespace(*request.tenant, request.path_values.at(0));
    };
    const Result<void> done = co_await run_on(workers_, Lane::kQuery, std::move(write));
    co_return accepted(done);
}

Task<HttpResponse> RuleEndpoints::remove_group(HttpRequest request) {
    std::function<Result<void>()> write = [this, &request] {
        return ruler_.remove_group(*request.tenant, request.path_values.at(0),
                                   request.path_values.at(1));
    };
    const Result<void> done = co_await run_on(workers_, Lane::kQuery, std::move(write));
    co_return accepted(done);
}

Task<HttpResponse> RuleEndpoints::on_namespace(HttpRequest request) {
    if (request.method == Method::kPost) return put(std::move(request));
    if (request.method == Method::kDelete) return remove_namespace(std::move(request));
    return list(std::move(request));
}

Task<HttpResponse> RuleEndpoints::on_group(HttpRequest request) {
    if (request.method == Method::kDelete) return remove_group(std::move(request));
    return group(std::move(request));
}

Task<HttpResponse> RuleEndpoints::status(HttpRequest request) {
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    const std::string_view type = form->value("type");
    if (!type.empty() && type != "alert" && type != "record")
        co_return json(400, R"({"status":"error","data":null,"errorType":"bad_data","error":)"
                            R"("invalid type, should be 'alert' or 'record'"})");
    const std::vector<std::string> files = all_of(*form, "file");
    const std::vector<std::string> names = all_of(*form, "rule_group");
    const std::vector<std::string> rules = all_of(*form, "rule_name");
    std::vector<read::RuleGroupStatus> groups = ruler_.status(*request.tenant);
    std::erase_if(groups, [&](read::RuleGroupStatus& group) {
        if (!is_one_of(files, group.file) || !is_one_of(names, group.name)) return true;
        std::erase_if(group.rules, [&](const read::RuleStatus& status) {
            const bool other = !type.empty() && status.rule.is_alert() != (type == "alert");
            return other || !is_one_of(rules, status.rule.name());
        });
        return group.rules.empty();
    });
    co_return json(200, ruler_success_json(rule_groups_json(groups)));
}

Task<HttpResponse> RuleEndpoints::alerts(HttpRequest request) {
    co_return json(200, ruler_success_json(alerts_json(ruler_.status(*request.tenant))));
}

}  // namespace skald::api
