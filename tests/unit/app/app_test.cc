// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"
#include "lifecycle.h"
#include "support/result_assertions.h"
#include "targets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::app {
namespace {

/// Modules a <- b <- c and a lone d; what happens is written to a log.
struct Fixture {
    std::vector<std::string> events;
    Lifecycle lifecycle;
    std::string failing;

    Fixture() {
        add("a", {});
        add("b", {"a"});
        add("c", {"b"});
        add("d", {});
    }
    void add(const std::string& name, std::vector<std::string> needs) {
        lifecycle.add({name, std::move(needs),
                       [this, name]() -> Result<void> {
                           if (name == failing) return Error{ErrorCode::kIo, "no luck"};
                           events.push_back("+" + name);
                           return {};
                       },
                       [this, name] { events.push_back("-" + name); }});
    }
};

TEST(Lifecycle, StartsNeedsFirstAndStopsThemLast) {
    Fixture fixture;
    ASSERT_OK(fixture.lifecycle.start({"c"}));
    EXPECT_EQ(fixture.lifecycle.states(),
              (std::vector<std::pair<std::string, std::string>>{
                  {"a", "Running"}, {"b", "Running"}, {"c", "Running"}}));

    fixture.lifecycle.stop();
    fixture.lifecycle.stop();

    EXPECT_EQ(fixture.events, (std::vector<std::string>{"+a", "+b", "+c", "-c", "-b", "-a"}));
    EXPECT_EQ(fixture.lifecycle.states()[0].second, "Terminated");
}

TEST(Lifecycle, AFailedStartStopsWhatRuns) {
    Fixture fixture;
    fixture.failing = "c";
    const Result<void> started = fixture.lifecycle.start({"c", "d"});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message, "cannot start c: no luck");
    EXPECT_EQ(fixture.events, (std::vector<std::string>{"+a", "+b", "-b", "-a"}));
}

TEST(Lifecycle, RefusesAnUnknownModule) {
    Fixture fixture;
    EXPECT_EQ(fixture.lifecycle.start({"x"}).error().message, "unrecognised module name: x");
}

TEST(Targets, AreCommaListsOfGroupsAndModules) {
    EXPECT_EQ(
        *modules_of_target("all"),
        (std::vector<std::string>{"distributor", "ingester", "querier", "compactor", "ruler"}));
    EXPECT_EQ(*modules_of_target("read,ingester"),
              (std::vector<std::string>{"querier", "ingester"}));
    EXPECT_NE(modules_of_target("index-gateway").error().message.find("not served"),
              std::string::npos);
    EXPECT_NE(
        modules_of_target("nonsense").error().message.find("unrecognised module name: nonsense"),
        std::string::npos);
    EXPECT_FALSE(modules_of_target(""));
}

Result<CommandLine> parse(const std::vector<std::string>& arguments) {
    return parse_command_line(arguments);
}

TEST(CommandLine, TakesGosForms) {
    const auto line = parse({"--config.file=a.yaml", "-target", "read", "-auth.enabled",
                             "-log.level=debug", "-print-config-stderr"});
    ASSERT_OK(line);
    EXPECT_EQ(line->config_files, "a.yaml");
    EXPECT_TRUE(line->print_config);
    ASSERT_EQ(line->flags.size(), 3U);
    EXPECT_EQ(line->flags[0].value, "read");
    EXPECT_EQ(line->flags[1].value, "true");
    EXPECT_EQ(line->flags[2].name, "log.level");
    EXPECT_EQ(parse({"-version"})->action, CommandLine::Action::kVersion);
    EXPECT_EQ(parse({"--help"})->action, CommandLine::Action::kHelp);
    EXPECT_EQ(parse({"-verify-config=false"})->action, CommandLine::Action::kRun);
}

TEST(CommandLine, NamesWhatItCannotUse) {
    EXPECT_EQ(parse({"-nonsense=1"}).error().message, "-nonsense: no such flag; see skald -help");
    EXPECT_EQ(parse({"run"}).error().message, "run: not a flag; see skald -help");
    EXPECT_EQ(parse({"-log.level"}).error().message, "-log.level: needs a value; see skald -help");
}

}  // namespace
}  // namespace skald::app
