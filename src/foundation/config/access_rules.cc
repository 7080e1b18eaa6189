// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/config/access_rules.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace skald {

namespace {

constexpr std::size_t kRulesMax = 1000;  // Each request is compared with all of them.
constexpr std::size_t kTokenBytesMin = 16;
constexpr std::size_t kTokenBytesMax = 4096;
constexpr std::size_t kNameBytesMax = 128;
constexpr std::array<Right, 4> kRights = {Right::kRead, Right::kWrite, Right::kMetrics,
                                          Right::kAdmin};

std::size_t line_of(const YAML::Mark& mark) {
    return mark.is_null() ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

/// One entry of `tokens`.
class RuleReader {
public:
    explicit RuleReader(LoadedAccessRules& loaded) : loaded_(loaded) {}

    void read(const YAML::Node& node) {
        if (!node.IsMap()) {
            problem(node, "tokens: an entry must be a map with name, token, tenants and rights");
            return;
        }
        AccessRule rule;
        const std::size_t before = loaded_.problems.size();
        for (const auto& item : node) {
            const std::string key = item.first.IsScalar() ? item.first.Scalar() : std::string();
            if (!read_key(rule, key, item.second))
                problem(item.first,
                        "tokens: no such key; there are name, token, token_sha256, "
                        "tenants, rights");
        }
        if (rule.name.empty()) problem(node, "tokens: an entry needs a name");
        if (!has_token_) problem(node, "tokens: an entry needs token or token_sha256");
        if (rule.rights.empty()) problem(node, "tokens: an entry needs rights");
        if (loaded_.problems.size() == before) loaded_.rules.push_back(std::move(rule));
    }

private:
    void problem(const YAML::Node& node, std::string text) {
        loaded_.problems.push_back({line_of(node.Mark()), std::move(text)});
    }

    bool read_key(AccessRule& rule, const std::string& key, const YAML::Node& value) {
        if (key == "name") return read_name(rule, value), true;
        if (key == "token") return read_token(rule, value), true;
        if (key == "token_sha256") return read_digest(rule, value), true;
        if (key == "tenants") return read_tenants(rule, value), true;
        if (key == "rights") return read_rights(rule, value), true;
        return false;
    }

    void read_name(AccessRule& rule, const YAML::Node& value) {
        const std::string name = value.IsScalar() ? value.Scalar() : std::string();
        const bool readable = std::all_of(name.begin(), name.end(),
                                          [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
        if (name.empty() || name.size() > kNameBytesMax || !readable)
            return problem(value, "name: must be 1 to 128 visible characters without a colon");
        rule.name = name;
    }

    void read_token(AccessRule& rule, const YAML::Node& value) {
        const std::string token = value.IsScalar() ? value.Scalar() : std::string();
        if (std::exchange(has_token_, true))
            return problem(value, "token: there is one token an entry");
        if (token.size() < kTokenBytesMin || token.size() > kTokenBytesMax)
            return problem(value,
                           "token: must have 16 to 4096 characters; try openssl rand -hex 32");
        rule.token = token;
    }

    void read_digest(AccessRule& rule, const YAML::Node& value) {
        const std::string hex = value.IsScalar() ? value.Scalar() : std::string();
        if (std::exchange(has_token_, true))
            return problem(value, "token_sha256: there is one token an entry");
        bool good = hex.size() == 2 * AccessRule::kDigestBytes;
        for (std::size_t i = 0; good && i < AccessRule::kDigestBytes; ++i) {
            const auto high = hex_value(hex[2 * i]);
            const auto low = hex_value(hex[2 * i + 1]);
            good = high && low;
            if (good) rule.token_sha256[i] = static_cast<unsigned char>(*high * 16 + *low);
        }
        if (!good) problem(value, "token_sha256: must be 64 hexadecimal digits");
    }

    void read_tenants(AccessRule& rule, const YAML::Node& value) {
        if (!value.IsSequence())
            return problem(value, "tenants: must be a list of names, or [\"*\"] for all");
        for (const YAML::Node& each : value) {
            const std::string name = each.IsScalar() ? each.Scalar() : std::string();
            const Result<TenantId> tenant = TenantId::parse(name);
            if (name == "*") {
                rule.all_tenants = true;
            } else if (!tenant || tenant->text() != name) {
                problem(each, "tenants: " + go_quote(name) + " is not a tenant's name");
            } else {
                rule.tenants.push_back(name);
            }
        }
        std::sort(rule.tenants.begin(), rule.tenants.end());
        rule.tenants.erase(std::unique(rule.tenants.begin(), rule.tenants.end()),
                           rule.tenants.end());
    }

    void read_rights(AccessRule& rule, const YAML::Node& value) {
        if (!value.IsSequence())
            return problem(value, "rights: must be a list of read, write, metrics, admin");
        for (const YAML::Node& each : value) {
            const std::string name = each.IsScalar() ? each.Scalar() : std::string();
            const auto* const right =
                std::find_if(kRights.begin(), kRights.end(),
                             [&](Right known) { return to_string(known) == name; });
            if (right == kRights.end()) {
                problem(each, "rights: there are read, write, metrics, admin");
            } else {
                rule.rights.push_back(*right);
            }
        }
    }

    LoadedAccessRules& loaded_;
    bool has_token_ = false;
};

void read_root(LoadedAccessRules& loaded, const YAML::Node& root) {
    const auto problem = [&](const YAML::Node& node, std::string text) {
        loaded.problems.push_back({line_of(node.Mark()), std::move(text)});
    };
    if (!root.IsMap() || root.size() != 1 || !root["tokens"] || !root["tokens"].IsSequence())
        return problem(root, "the file must be a map with one key, tokens, which is a list");
    const YAML::Node tokens = root["tokens"];
    if (tokens.size() > kRulesMax) return problem(tokens, "tokens: there may be 1000 at most");
    std::set<std::string> names;
    std::set<std::string> texts;
    for (const YAML::Node& node : tokens) {
        const std::size_t before = loaded.rules.size();
        RuleReader(loaded).read(node);
        if (loaded.rules.size() == before) continue;
        const AccessRule& rule = loaded.rules.back();
        if (!names.insert(rule.name).second)
            problem(node, "tokens: there are two of the name " + go_quote(rule.name));
        if (!rule.token.empty() && !texts.insert(rule.token).second)
            problem(node, "tokens: " + go_quote(rule.name) + " has another one's token");
    }
}

}  // namespace

std::string_view to_string(Right right) noexcept {
    switch (right) {
        case Right::kNone: return "none";
        case Right::kRead: return "read";
        case Right::kWrite: return "write";
        case Right::kMetrics: return "metrics";
        case Right::kAdmin: return "admin";
    }
    return "none";
}

LoadedAccessRules load_access_rules(std::string_view yaml) {
    LoadedAccessRules loaded;
    try {
        read_root(loaded, YAML::Load(std::string(yaml)));
    } catch (const YAML::Exception& exception) {
        // Its message may quote the file: only the place is told.
        loaded.problems.push_back({line_of(exception.mark), "not YAML"});
    }
    return loaded;
}

}  // namespace skald
