// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"
#include "foreign_keys.h"

#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace skald {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string problems_of(std::string_view yaml, const std::vector<ConfigFlag>& flags = {}) {
    std::string text;
    for (const ConfigProblem& problem : load_config(yaml, flags).problems)
        text += std::to_string(problem.line) + ": " + problem.text + "\n";
    return text;
}

TEST(Config, DefaultsAreGoodAndPathsFollowThePrefix) {
    const LoadedConfig loaded = load_config("common: {path_prefix: /srv/skald}", {});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.ingester.wal_directory, "/srv/skald/wal");
    EXPECT_EQ(loaded.config.common.chunks_directory, "/srv/skald/chunks");
    EXPECT_EQ(loaded.config.storage.catalog_directory, "/srv/skald/catalog");
    EXPECT_TRUE(loaded.config.auth_enabled);
    EXPECT_EQ(problems_of(embedded_config_yaml()), "");
    EXPECT_FALSE(load_config(embedded_config_yaml(), {}).config.auth_enabled);
}

TEST(Config, SaysEveryProblemAtOnceWithItsLine) {
    EXPECT_EQ(problems_of("server:\n"
                          "  http_listen_port: 99999\n"
                          "  http_listen_prot: 1\n"
                          "limits_config:\n"
                          "  max_line_size: lots\n"
                          "  reject_old_samples: maybe\n"
                          "nonsense: 1\n"),
              "2: server.http_listen_port: must be a whole number in 0 … 65535, got \"99999\"\n"
              "3: server.http_listen_prot: no such key; did you mean server.http_listen_port?\n"
              "5: limits_config.max_line_size: must be a size such as 256KB or 4MB, got \"lots\"\n"
              "6: limits_config.reject_old_samples: must be true or false, got \"maybe\"\n"
              "7: nonsense: no such key\n");
}

TEST(Config, GuessesNoKeysOfAFileThatIsNotItsOwn) {
    std::string yaml = "server:\n";
    for (int i = 10; i < 99; ++i) yaml += "  http_listen_por" + std::to_string(i) + ": 1\n";
    const std::string problems = problems_of(yaml);
    EXPECT_NE(problems.find("2: server.http_listen_por10: no such key; did you mean"),
              std::string::npos);
    EXPECT_NE(problems.find("90: server.http_listen_por98: no such key\n"), std::string::npos);
}

TEST(Config, ReadsTheRulesOfOtlpAttributes) {
    const std::string yaml =
        "limits_config:\n"
        "  otlp_config:\n"
        "    severity_text_as_label: true\n"
        "    resource_attributes:\n"
        "      ignore_defaults: true\n"
        "      attributes_config:\n"
        "        - action: index_label\n"
        "          attributes: [service.name, \"a:b\"]\n"
        "        - {action: drop, regex: 'team\\..*'}\n"
        "    log_attributes:\n"
        "      - action: structured_metadata\n"
        "        attributes:\n"
        "          - x\n";
    const LoadedConfig loaded = load_config(yaml, {});
    ASSERT_EQ(problems_of(yaml), "");
    const OtlpConfig& otlp = loaded.config.limits.otlp_config;
    EXPECT_EQ(otlp.resource_action("service.name"), OtlpAction::kIndexLabel);
    EXPECT_EQ(otlp.resource_action("a:b"), OtlpAction::kIndexLabel);
    EXPECT_EQ(otlp.resource_action("k8s.pod.name"), OtlpAction::kStructuredMetadata);
    EXPECT_EQ(otlp.resource_action("team.x"), OtlpAction::kDrop);
    EXPECT_EQ(otlp.resource_action("my.team.x"), OtlpAction::kStructuredMetadata);
    EXPECT_EQ(otlp.log_action("x"), OtlpAction::kStructuredMetadata);
    EXPECT_TRUE(otlp.severity_text_as_label);
    // What is shown can be read back.
    const std::string shown = config_yaml(loaded.config, "");
    EXPECT_EQ(problems_of(shown), "");
    EXPECT_EQ(config_yaml(load_config(shown, {}).config, ""), shown);
}

TEST(Config, RefusesRulesOfOtlpAttributesThatCantBe) {
    EXPECT_EQ(problems_of("limits_config:\n"
                          "  otlp_config:\n"
                          "    scope_attributes: [{action: index_label, attributes: [x]}]\n"
                          "    log_attributes: [{action: keep, attributes: [x]}]\n"),
              "3: limits_config.otlp_config.scope_attributes: index_label action is only supported "
              "for resource_attributes\n"
              "4: limits_config.otlp_config.log_attributes: action must be one of index_label | "
              "structured_metadata | drop, got \"keep\"\n");
    for (const char* rule :
         {"{attributes: [x]}", "{action: drop}", "{action: drop, attributes: [x], regex: y}",
          "{action: drop, regex: '('}", "{action: drop, attributes: [[x]]}", "text",
          "{action: drop, attributes: [x], more: 1}"}) {
        EXPECT_NE(problems_of("limits_config: {otlp_config: {log_attributes: [" +
                              std::string(rule) + "]}}"),
                  "")
            << rule;
    }
}

TEST(Config, NamesTheRightSectionOfAMisplacedKey) {
    EXPECT_EQ(problems_of("server:\n  max_line_size: 1KB\n"),
              "2: server.max_line_size: no such key; did you mean limits_config.max_line_size?\n");
}

TEST(Config, FlagsWinOverTheFile) {
    const LoadedConfig loaded =
        load_config("server: {http_listen_port: 1}",
                    {{"server.http-listen-port", "2"}, {"log.level", "debug"}});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.server.http_listen_port, 2U);
    EXPECT_EQ(loaded.config.server.log_level, "debug");
    EXPECT_EQ(problems_of("", {{"log.level", "loud"}}),
              "0: -log.level must be one of debug | info | warn | error, got \"loud\"\n");
    EXPECT_TRUE(is_boolean_flag("auth.enabled"));
    EXPECT_FALSE(is_boolean_flag("log.level"));
}

TEST(Config, AcceptsLokisKeysAndListsThoseWithoutMeaning) {
    const LoadedConfig loaded = load_config(
        read_file(std::filesystem::path(SKALD_SOURCE_DIR) / "config/loki-example.yaml"), {});
    for (const ConfigProblem& problem : loaded.problems)
        ADD_FAILURE() << problem.line << ": " << problem.text;
    const auto ignored = [&](std::string_view path) {
        return std::find(loaded.ignored.begin(), loaded.ignored.end(), path) !=
               loaded.ignored.end();
    };
    EXPECT_TRUE(ignored("schema_config.configs"));
    EXPECT_FALSE(ignored("server.grpc_listen_port"));
    EXPECT_FALSE(ignored("server.http_listen_port"));
}

TEST(Config, RefusesWhatItCannotDo) {
    EXPECT_NE(problems_of("common: {ring: {kvstore: {store: etcd}}}").find("is not served"),
              std::string::npos);
    EXPECT_NE(problems_of("common: {replication_factor: 3}").find("one copy"), std::string::npos);
    EXPECT_NE(problems_of("ingester: {wal: {enabled: false}}").find("can't be switched off"),
              std::string::npos);
}

TEST(Config, BadYamlIsAProblemNotACrash) {
    EXPECT_NE(problems_of("server: [").find("not YAML"), std::string::npos);
    EXPECT_EQ(problems_of("- a\n- b\n"), "1: the file must be a map of keys and values\n");
    EXPECT_EQ(problems_of("server: 5\n"), "1: server: must be a map of keys and values\n");
    EXPECT_EQ(problems_of("server: {http_listen_port: [1]}\n"),
              "1: server.http_listen_port: must be number\n");
    EXPECT_EQ(problems_of(""), "");
}

TEST(Config, ItsOwnYamlReadsBackAsTheSame) {
    const Config changed = load_config(
                               "limits_config: {max_line_size: 3MB, enforced_labels: [a, 'b\"c']}\n"
                               "server: {log_level: warn}",
                               {})
                               .config;
    const LoadedConfig again = load_config(config_yaml(changed, ""), {});
    for (const ConfigProblem& problem : again.problems)
        ADD_FAILURE() << problem.line << ": " << problem.text;
    for (const ConfigKey& key : config_keys())
        EXPECT_EQ(key.text(again.config), key.text(changed)) << key.path;
    EXPECT_EQ(config_yaml(changed, "diff"),
              "server:\n  log_level: \"warn\"\nlimits_config:\n  max_line_size: 3MB\n  "
              "enforced_labels: [\"a\", \"b\\\"c\"]\n");
}

TEST(Config, EachKeyIsThereOnceAndDocumented) {
    const auto& keys = config_keys();
    for (const ConfigKey& key : keys) {
        EXPECT_FALSE(key.doc.empty()) << key.path;
        EXPECT_EQ(std::count_if(keys.begin(), keys.end(),
                                [&](const ConfigKey& other) { return other.path == key.path; }),
                  1)
            << key.path;
        const auto same_flag = [&](const ConfigKey& other) {
            return !key.flag.empty() && other.flag == key.flag;
        };
        EXPECT_LE(std::count_if(keys.begin(), keys.end(), same_flag), 1) << key.flag;
        if (!key.flag.empty()) {
            EXPECT_NE(config_help().find("-" + key.flag + " "), std::string::npos) << key.flag;
        }
    }
    const auto& foreign = foreign_keys();
    EXPECT_TRUE(
        std::is_sorted(foreign.begin(), foreign.end(),
                       [](const ForeignKey& a, const ForeignKey& b) { return a.path < b.path; }));
}

TEST(Config, SecretsAreNeverShown) {
    const LoadedConfig loaded = load_config("server: {http_tls_config: {key: top-secret}}", {});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.server.http_tls_config.key, "top-secret");
    EXPECT_EQ(config_yaml(loaded.config, "").find("top-secret"), std::string::npos);
    EXPECT_NE(config_yaml(loaded.config, "diff").find("key: \"********\""), std::string::npos);
}

TEST(Config, TheDocumentationHasTheTableOfKeys) {
    const std::string page =
        read_file(std::filesystem::path(SKALD_SOURCE_DIR) / "docs/configuration.md");
    EXPECT_NE(page.find(config_markdown()), std::string::npos)
        << "docs/configuration.md is out of date: run `skald -config.markdown` and replace its "
           "table";
}

TEST(Config, TheDocumentationSaysWhatBecomesOfLokisKeys) {
    const std::string page =
        read_file(std::filesystem::path(SKALD_SOURCE_DIR) / "docs/loki-keys.md");
    EXPECT_NE(page.find(loki_keys_markdown()), std::string::npos)
        << "docs/loki-keys.md is out of date: run `skald -config.loki-keys` and replace its table";
}

TEST(Config, TheDocumentationSaysWhyLimitsAreIgnored) {
    const std::string table = loki_keys_markdown();
    for (std::size_t at = 0; (at = table.find("| `limits_config.", at)) != std::string::npos;
         ++at) {
        const std::string row = table.substr(at, table.find('\n', at) - at);
        EXPECT_FALSE(row.ends_with("| accepted with a warning |")) << row;
    }
}

TEST(Config, ShippedFilesLoad) {
    for (const auto& file :
         std::filesystem::directory_iterator(std::filesystem::path(SKALD_SOURCE_DIR) / "config"))
        EXPECT_EQ(problems_of(read_file(file.path())), "") << file.path();
}

}  // namespace
}  // namespace skald
