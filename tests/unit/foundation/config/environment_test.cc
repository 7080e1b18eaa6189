// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace skald {
namespace {

std::optional<std::string> variable(std::string_view name) {
    static const std::map<std::string, std::string, std::less<>> kVariables = {
        {"HOST", "db.example.org"},
        {"EMPTY", ""},
        {"WORD", "lOki"},
        {"PATHS", "a/b/c"},
        {"DOLLAR", "$"}};
    const auto found = kVariables.find(name);
    return found == kVariables.end() ? std::nullopt : std::optional(found->second);
}

std::string expanded(std::string_view text) {
    const Result<std::string> result = expand_environment(text, variable);
    return result ? *result : "error: " + result.error().message;
}

TEST(ExpandEnvironment, TakesValuesAndLeavesTheRest) {
    EXPECT_EQ(expanded("a: ${HOST}:1\nb: $HOST $$ 5$"), "a: db.example.org:1\nb: $HOST $ 5$");
    EXPECT_EQ(expanded("${UNKNOWN}|${EMPTY}"), "|");
    EXPECT_EQ(expanded("no variables"), "no variables");
    EXPECT_EQ(expanded("${DOLLAR}{HOST}"), "${HOST}");
}

TEST(ExpandEnvironment, HasDefaultsAndAlternatives) {
    EXPECT_EQ(expanded("${UNKNOWN:-x}${UNKNOWN-x}${UNKNOWN:=x}${UNKNOWN:x}"), "xxxx");
    EXPECT_EQ(expanded("${EMPTY:-x}${EMPTY-y}${EMPTY:x}"), "xx");
    EXPECT_EQ(expanded("${HOST:-x}"), "db.example.org");
    EXPECT_EQ(expanded("${HOST:+y}${UNKNOWN:+y}${EMPTY:+y}${EMPTY+z}"), "yz");
    EXPECT_EQ(expanded("${UNKNOWN:-${ALSO:-${HOST}}}"), "db.example.org");
    EXPECT_EQ(expanded("${UNKNOWN:-http://h:1/p}"), "http://h:1/p");
}

TEST(ExpandEnvironment, CutsAndReplaces) {
    EXPECT_EQ(expanded("${WORD^}${WORD^^}${WORD,}${WORD,,}"), "LOkiLOKIlOkiloki");
    EXPECT_EQ(expanded("${#WORD}${#UNKNOWN}"), "40");
    EXPECT_EQ(expanded("${WORD:1}|${WORD:1:2}|${WORD:9}"), "Oki|Ok|");
    EXPECT_EQ(expanded("${PATHS#*/}|${PATHS##*/}|${PATHS%/*}|${PATHS%%/*}|${PATHS#x}"),
              "b/c|c|a/b|a|a/b/c");
    EXPECT_EQ(expanded("${WORD/O/0}|${HOST//e/E}"), "l0ki|db.ExamplE.org");
}

TEST(ExpandEnvironment, RefusesWhatIsNotClosedOrTooDeep) {
    EXPECT_EQ(expanded("a ${HOST"), "error: \"${HOST\": the closing } is missing");
    EXPECT_EQ(expanded("${}"), "error: \"${}\": the variable's name is missing");
    EXPECT_EQ(expanded("${HOST!x}"), "error: \"${…!…}\": no such operation");
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "${U:-";
    deep += std::string(40, '}');
    EXPECT_EQ(expanded(deep), "error: ${…} is nested too deeply");
}

TEST(EnvironmentSettings, HaveAVariableForEachKeyAndStandBetweenFileAndFlags) {
    const auto lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "SKALD_SERVER_HTTP_LISTEN_PORT") return "3200";
        if (name == "SKALD_LIMITS_CONFIG_MAX_LINE_SIZE") return "lots";
        if (name == "SKALD_LIMITS_CONFIG_ENFORCED_LABELS") return "a,b";
        return std::nullopt;
    };
    std::vector<ConfigFlag> settings = environment_settings(lookup);
    ASSERT_EQ(settings.size(), 3U);
    LoadedConfig loaded = load_config("server: {http_listen_port: 1}", settings);
    EXPECT_EQ(loaded.config.server.http_listen_port, 3200U);
    EXPECT_EQ(loaded.config.limits.enforced_labels, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_TRUE(loaded.problems[0].text.starts_with("SKALD_LIMITS_CONFIG_MAX_LINE_SIZE must be"));
    settings.push_back({.name = "server.http-listen-port", .value = "9"});
    EXPECT_EQ(load_config("", settings).config.server.http_listen_port, 9U);
}

TEST(Flags, OfLokiAreTakenEvenIfTheyMeanNothing) {
    EXPECT_TRUE(is_config_flag("ingester.lifecycler.ID"));
    EXPECT_TRUE(is_config_flag("frontend.memcached.hostname"));
    EXPECT_TRUE(is_boolean_flag("querier.align-querier-with-step"));
    EXPECT_FALSE(is_boolean_flag("frontend.memcached.hostname"));
    EXPECT_FALSE(is_config_flag("no.such.flag"));
    const LoadedConfig loaded = load_config("", {{.name = "ruler.rule-path", .value = "/x"}});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.ignored, std::vector<std::string>{"-ruler.rule-path"});
}

}  // namespace
}  // namespace skald
