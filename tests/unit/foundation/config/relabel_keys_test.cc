// SPDX-License-Identifier: Apache-2.0
//
// Goal: relabel rules and a tenant's own Alertmanagers are read from files, shown again without
// secrets, and refused with the name of the key when they can't be.
#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald {
namespace {

std::string problems_of(std::string_view yaml) {
    std::string text;
    for (const ConfigProblem& problem : load_config(yaml, {}).problems)
        text += std::to_string(problem.line) + ": " + problem.text + "\n";
    return text;
}

LoadedOverrides overrides_of(const std::string& limits, const Limits& base = {}) {
    LoadedOverrides loaded;
    load_overrides("overrides: {a: {" + limits + "}}", base, loaded);
    return loaded;
}

std::string override_problem(const std::string& limits) {
    const LoadedOverrides loaded = overrides_of(limits);
    return loaded.problems.empty() ? "" : loaded.problems.front().text;
}

/// What the tenant's limits are after they were shown and read again.
Limits shown_and_read(const LoadedOverrides& loaded) {
    const std::string shown = overrides_yaml(loaded.tenants, Limits());
    EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
    LoadedOverrides again;
    load_overrides(shown, Limits(), again);
    EXPECT_TRUE(again.problems.empty()) << shown;
    EXPECT_EQ(overrides_yaml(again.tenants, Limits()), shown);
    return again.tenants.at("a");
}

TEST(RelabelKeys, RulesHaveDefaultsAndAreShownAgain) {
    const LoadedConfig loaded = load_config(
        "ruler:\n  alert_relabel_configs:\n"
        "  - {source_labels: [a, b], regex: 'x;(.*)\"', target_label: c, separator: ''}\n"
        "  - {action: Drop, source_labels: [a], regex: , replacement: }\n"
        "  - {action: hashmod, source_labels: [a], modulus: 18446744073709551615, target_label: "
        "b}\n"
        "  - {action: labelmap, regex: 1, replacement: 'x_$1'}\n",
        {});
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text;
    const std::vector<RelabelRule>& rules = loaded.config.ruler.alert_relabel_configs.rules();
    ASSERT_EQ(rules.size(), 4U);
    EXPECT_EQ(rules[0].source_labels, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(rules[0].separator, "");
    EXPECT_EQ(rules[0].replacement, "$1");
    EXPECT_EQ(rules[1].action, RelabelAction::kDrop);
    EXPECT_EQ(rules[1].regex, "(.*)");
    EXPECT_EQ(rules[1].separator, ";");
    EXPECT_EQ(rules[2].modulus, ~std::uint64_t{0});
    const LoadedConfig again = load_config(config_yaml(loaded.config, ""), {});
    EXPECT_TRUE(again.config.ruler.alert_relabel_configs ==
                loaded.config.ruler.alert_relabel_configs);
}

TEST(RelabelKeys, WrongRulesAreErrorsThatNameTheKey) {
    EXPECT_EQ(
        problems_of("ruler:\n  alert_relabel_configs: [{source_labels: [a], regex: '('}]"),
        "2: ruler.alert_relabel_configs: rule 1: target_label: the action replace needs it\n");
    EXPECT_EQ(
        problems_of("ruler:\n  alert_relabel_configs: [{action: keep, regex: '('}]"),
        "2: ruler.alert_relabel_configs: rule 1: regex: error parsing regexp: missing closing "
        "): `(`\n");
    EXPECT_EQ(problems_of("ruler:\n  alert_relabel_configs: [{action: keep}, {source_label: a}]"),
              "2: ruler.alert_relabel_configs: rule 2: a relabel rule has the keys source_labels, "
              "separator, regex, modulus, target_label, replacement and action, not "
              "\"source_label\"\n");
    for (const char* wrong :
         {"{action: keep}", "[keep]", "[{action: kep}]", "[{source_labels: a, action: keep}]",
          "[{source_labels: ['a-b'], action: keep}]", "[{regex: [a], action: keep}]",
          "[{action: hashmod, target_label: a, modulus: -1}]",
          "[{action: hashmod, target_label: a, modulus: 1x}]", "[{1: 2}]", "[{[a]: 2}]"})
        EXPECT_NE(problems_of(std::string("ruler: {alert_relabel_configs: ") + wrong + "}"), "")
            << wrong;
}

TEST(RelabelKeys, ClientsHaveRules) {
    const char* const kConfig =
        "ruler: {remote_write: {clients: {main: {url: 'http://x', write_relabel_configs: %s}}}}";
    const auto with = [&](const std::string& rules) {
        std::string text = kConfig;
        return text.replace(text.find("%s"), 2, rules);
    };
    const LoadedConfig loaded = load_config(with("[{action: labeldrop, regex: pod}]"), {});
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text;
    EXPECT_EQ(loaded.config.ruler.remote_write_clients.at(0).relabel->rules().size(), 1U);
    EXPECT_EQ(problems_of(with("[{action: labeldrop, regex: '['}]")),
              "1: ruler.remote_write.clients: write_relabel_configs: rule 1: regex: error parsing "
              "regexp: missing closing ]: `[`\n");
}

TEST(RelabelKeys, ATenantHasRulesOfItsOwnOrNoneOrTheUsualOnes) {
    EXPECT_FALSE(Limits().ruler_remote_write_relabel_configs);
    const LoadedOverrides own =
        overrides_of("ruler_remote_write_relabel_configs: [{action: labeldrop, regex: 'p|q'}]");
    ASSERT_TRUE(own.problems.empty()) << own.problems.front().text;
    EXPECT_TRUE(own.ignored.empty());
    EXPECT_EQ(shown_and_read(own).ruler_remote_write_relabel_configs->rules().at(0).regex, "p|q");
    const LoadedOverrides none = overrides_of("ruler_remote_write_relabel_configs: []");
    ASSERT_TRUE(shown_and_read(none).ruler_remote_write_relabel_configs);
    EXPECT_TRUE(shown_and_read(none).ruler_remote_write_relabel_configs->empty());
    EXPECT_EQ(override_problem("ruler_remote_write_relabel_configs: [{action: keep, regex: '*'}]"),
              "overrides.a: limits_config.ruler_remote_write_relabel_configs: rule 1: regex: error "
              "parsing regexp: missing argument to repetition operator: `*`");
    EXPECT_NE(override_problem("ruler_remote_write_config: {main: {write_relabel_configs: [{}]}}"),
              "");
}

const char* const kOwn =
    "ruler_alertmanager_config: {alertmanager_url: 'http://me:hush@x/am, https://y', "
    "enable_alertmanager_v2: true, enable_alertmanager_discovery: false, "
    "notification_queue_capacity: 5, notification_timeout: 1m30s, "
    "alert_relabel_configs: [{action: labeldrop, regex: pod}], alertmanager_client: "
    "{basic_auth_username: me, basic_auth_password: hush1, type: Token, credentials: hush2, "
    "credentials_file: /f, tls_ca_path: /ca, tls_cert_path: /c, tls_key_path: /k, "
    "tls_server_name: z, tls_insecure_skip_verify: true}}";

TEST(OwnAlertmanagers, AreReadWholeAndShownWithoutSecrets) {
    const LoadedOverrides loaded = overrides_of(kOwn);
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text;
    EXPECT_TRUE(loaded.ignored.empty());
    const AlertmanagerSettings& own = *loaded.tenants.at("a").ruler_alertmanager_config;
    EXPECT_EQ(own.urls, (std::vector<std::string>{"http://me:hush@x/am", "https://y"}));
    EXPECT_EQ(own.user, "me");
    EXPECT_EQ(own.password, "hush1");
    EXPECT_EQ(own.credentials_type, "Token");
    EXPECT_EQ(own.credentials, "hush2");
    EXPECT_EQ(own.tls, (ClientTls{"/c", "/k", "/ca", "z", true}));
    EXPECT_EQ(own.queue_capacity, 5U);
    EXPECT_EQ(own.timeout, 90 * kNanosPerSecond);
    EXPECT_EQ(own.relabel.rules().size(), 1U);
    AlertmanagerSettings again = *shown_and_read(loaded).ruler_alertmanager_config;
    EXPECT_EQ(again.urls.at(1), "https://y");
    again.urls = own.urls;
    again.password = own.password;
    again.credentials = own.credentials;
    EXPECT_TRUE(again == own);
}

TEST(OwnAlertmanagers, TakeNothingOverFromThoseOfAllTenants) {
    Limits base;
    base.ruler_alertmanager_config = AlertmanagerSettings{};
    base.ruler_alertmanager_config->urls = {"http://all"};
    base.ruler_alertmanager_config->credentials = "hush";
    const auto own = [&](const std::string& map) {
        return overrides_of("ruler_alertmanager_config: " + map, base)
            .tenants.at("a")
            .ruler_alertmanager_config;
    };
    EXPECT_EQ(own("{alertmanager_url: 'http://mine'}")->credentials, "");
    EXPECT_FALSE(own("{}"));
    EXPECT_EQ(own("")->credentials, "hush");
    EXPECT_TRUE(own("{alertmanager_url: ''}")->urls.empty());
    EXPECT_TRUE(own("{alertmanager_url: 'http://x', enable_alertmanager_v2: false}")->urls.empty());
}

TEST(OwnAlertmanagers, NameWhatMeansNothing) {
    const LoadedOverrides loaded = overrides_of(
        "ruler_alertmanager_config: {alertmanager_url: 'http://x', external_labels: {a: b}, "
        "alertmanager_refresh_interval: 2m, alertmanager_client: {tls_min_version: VersionTLS12}}");
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text;
    const std::string section = "limits_config.ruler_alertmanager_config.";
    EXPECT_EQ(loaded.ignored,
              (std::set<std::string>{section + "alertmanager_client.tls_min_version",
                                     section + "alertmanager_refresh_interval",
                                     section + "external_labels"}));
    const LoadedConfig all = load_config(
        "limits_config: {ruler_alertmanager_config: {alertmanager_refresh_interval: 2m}}", {});
    EXPECT_EQ(all.ignored, std::vector<std::string>{section + "alertmanager_refresh_interval"});
}

TEST(OwnAlertmanagers, AreRefusedWithTheSettingThatIsWrong) {
    const std::string section = "overrides.a: limits_config.ruler_alertmanager_config: ";
    const auto problem = [](const std::string& map) {
        return override_problem("ruler_alertmanager_config: " + map);
    };
    EXPECT_EQ(
        problem("{alertmanager_url: 'ftp://x'}"),
        section + "alertmanager_url: the URL must begin with http:// or https://, not with ftp");
    EXPECT_EQ(problem("{alert_relabel_configs: [{action: drop, regex: '('}]}"),
              section +
                  "alert_relabel_configs: rule 1: regex: error parsing regexp: missing closing ): "
                  "`(`");
    EXPECT_EQ(problem("{enable_alertmanager_discovery: true}"),
              section +
                  "enable_alertmanager_discovery: Alertmanagers are not looked up; write their "
                  "addresses in alertmanager_url");
    EXPECT_EQ(problem("{alertmanager_urls: x}"), section + "alertmanager_urls: no such setting");
    EXPECT_EQ(problem("{alertmanager_client: {user: x}}"),
              section + "alertmanager_client.user: no such setting");
    EXPECT_EQ(problem("{alertmanager_client: {tls_cert_path: x}}"),
              section + "alertmanager_client: tls_cert_path and tls_key_path need each other");
    EXPECT_EQ(
        problem("{notification_queue_capacity: 0}"),
        section + "notification_queue_capacity: must be a whole number in 1 … 10000000, got \"0\"");
    EXPECT_EQ(problem("{notification_timeout: soon}"),
              section + "notification_timeout: must be a duration of at least 1ms, got \"soon\"");
    for (const char* wrong : {"[a]", "text", "{alertmanager_client: x}", "{alertmanager_url: [x]}",
                              "{enable_alertmanager_v2: maybe}",
                              "{alertmanager_client: {credentials: \"a\\r\\nb\"}}", "{[a]: b}"})
        EXPECT_NE(problem(wrong), "") << wrong;
    EXPECT_EQ(problem("{alertmanager_url: 'me:hush@x/w'}").find("hush"), std::string::npos);
    std::string many;
    for (int i = 0; i < 17; ++i) many += "http://x,";
    EXPECT_EQ(problem("{alertmanager_url: '" + many + "'}"),
              section + "alertmanager_url: there are more than 16");
}

}  // namespace
}  // namespace skald
