// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"
#include "yaml_reader.h"

#include <skald/foundation/config/config.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <utility>

namespace skald {

namespace {

constexpr std::string_view kLimits = "limits_config";

void add_problem(LoadedOverrides& loaded, const YAML::Mark& mark, std::string text) {
    const std::size_t line = mark.is_null() ? 0 : static_cast<std::size_t>(mark.line) + 1;
    loaded.problems.push_back({line, std::move(text)});
}

/// One tenant's keys over what it had so far.
void read_tenant(LoadedOverrides& loaded, const std::string& tenant, const YAML::Node& keys,
                 const Limits& base) {
    const auto before = loaded.tenants.find(tenant);
    LoadedConfig one;
    one.config.limits = before == loaded.tenants.end() ? base : before->second;
    std::set<std::string> set;
    YamlReader(one, set).read_section(keys, std::string(kLimits));
    loaded.tenants.insert_or_assign(tenant, std::move(one.config.limits));
    for (ConfigProblem& each : one.problems) {
        each.text = "overrides." + tenant + ": " + each.text;
        loaded.problems.push_back(std::move(each));
    }
    for (const std::string& key : one.ignored) loaded.ignored.insert(key);
}

void read_tenants(LoadedOverrides& loaded, const YAML::Node& tenants, const Limits& base) {
    if (tenants.IsNull()) return;
    if (!tenants.IsMap()) {
        add_problem(loaded, tenants.Mark(), "overrides: must be a map from tenant to limits");
        return;
    }
    for (const auto& tenant : tenants) {
        const std::string name = tenant.first.IsScalar() ? tenant.first.Scalar() : "";
        const auto id = TenantId::parse(name);
        if (!id) {
            add_problem(loaded, tenant.first.Mark(), "overrides: a key is not a tenant's name");
        } else if (id->text() != name) {
            // Requests of `team:dev` are `team`'s: nobody is asked for by this name.
            loaded.ignored.insert("overrides." + name);
        } else if (tenant.second.IsMap()) {
            read_tenant(loaded, name, tenant.second, base);
        } else if (!tenant.second.IsNull()) {
            add_problem(loaded, tenant.second.Mark(),
                        "overrides." + name + ": must be a map of limits");
        }
    }
}

}  // namespace

void load_overrides(std::string_view yaml, const Limits& base, LoadedOverrides& loaded) {
    try {
        const YAML::Node root = YAML::Load(std::string(yaml));
        if (root.IsNull()) return;
        if (!root.IsMap()) {
            add_problem(loaded, root.Mark(), "the file must be a map of keys and values");
            return;
        }
        for (const auto& item : root) {
            const std::string name = item.first.IsScalar() ? item.first.Scalar() : std::string();
            if (name == "overrides") {
                read_tenants(loaded, item.second, base);
            } else if (name == "configs" || name == "multi_kv_config") {
                loaded.ignored.insert(name);
            } else {
                add_problem(loaded, item.first.Mark(),
                            name + ": no such key; there are overrides, configs, multi_kv_config");
            }
        }
    } catch (const YAML::Exception& exception) {
        add_problem(loaded, exception.mark, "not YAML: " + exception.msg);
    }
}

std::string overrides_yaml(const std::map<std::string, Limits, std::less<>>& tenants,
                           const Limits& base) {
    Config usual;
    usual.limits = base;
    std::string out = "overrides:";
    if (tenants.empty()) out += " {}";
    out += "\n";
    for (const auto& [tenant, limits] : tenants) {
        Config own;
        own.limits = limits;
        std::string lines;
        for (const ConfigKey& key : config_keys()) {
            if (!key.path.starts_with(kLimits) || key.is_same(own, usual)) continue;
            lines += "    " + key.path.substr(kLimits.size() + 1) + ": " + key.text(own) + "\n";
        }
        out += "  " + go_quote(tenant) + ":" + (lines.empty() ? " {}" : "") + "\n" + lines;
    }
    return out;
}

}  // namespace skald
