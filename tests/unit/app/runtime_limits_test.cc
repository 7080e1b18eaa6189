// SPDX-License-Identifier: Apache-2.0
#include "runtime_limits.h"

#include "support/quiet_stderr.h"
#include "support/temporary_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace skald::app {
namespace {

class RuntimeLimitsTest : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
    }
    RuntimeLimits make(const std::string& files) {
        Limits base;
        base.max_query_series = 5;
        return RuntimeLimits(base, files, storage::posix_file_system(), metrics_);
    }
    static std::uint32_t series(const RuntimeLimits& limits, std::string_view tenant) {
        return limits.of(*TenantId::parse(tenant))->max_query_series;
    }
    double successful() {
        return metrics_.gauge("loki_runtime_config_last_reload_successful", "").value();
    }

    TemporaryFolder folder_;
    MetricsRegistry metrics_;
};

TEST_F(RuntimeLimitsTest, WithoutFilesAreTheSameForEverybody) {
    const RuntimeLimits limits = make("");
    EXPECT_EQ(series(limits, "a"), 5U);
    EXPECT_EQ(limits.yaml(), "overrides: {}\n");
}

TEST_F(RuntimeLimitsTest, OfATenantComeFromItsFilesInOrder) {
    write("one", "overrides: {a: {max_query_series: 1}, b: {max_query_series: 2}}");
    write("two", "overrides: {b: {max_query_series: 3}}");
    RuntimeLimits limits = make((folder_ / "one") + "," + (folder_ / "two"));
    ASSERT_TRUE(limits.load());
    EXPECT_EQ(series(limits, "a"), 1U);
    EXPECT_EQ(series(limits, "b"), 3U);
    EXPECT_EQ(series(limits, "c"), 5U);
    EXPECT_EQ(successful(), 1);
}

TEST_F(RuntimeLimitsTest, StayAsTheyAreWhileTheFileIsWrong) {
    write("one", "overrides: {a: {max_query_series: 1}}");
    RuntimeLimits limits = make(folder_ / "one");
    ASSERT_TRUE(limits.load());
    const auto held = limits.of(*TenantId::parse("a"));
    write("one", "overrides: {a: {max_query_series: many}}");
    limits.reload();
    EXPECT_EQ(series(limits, "a"), 1U);
    EXPECT_EQ(successful(), 0);
    EXPECT_NE(limits.yaml().find("# The files can't be used"), std::string::npos);
    EXPECT_NE(limits.yaml().find("max_query_series: 1\n"), std::string::npos);
    write("one", "overrides: {a: {max_query_series: 9}}");
    limits.reload();
    EXPECT_EQ(series(limits, "a"), 9U);
    EXPECT_EQ(successful(), 1);
    EXPECT_EQ(limits.yaml().find('#'), std::string::npos);
    EXPECT_EQ(held->max_query_series, 1U);
}

TEST_F(RuntimeLimitsTest, ComeBackWithTheFileThatWasAway) {
    write("one", "overrides: {a: {max_query_series: 1}}");
    RuntimeLimits limits = make(folder_ / "one");
    ASSERT_TRUE(limits.load());
    std::filesystem::remove(folder_ / "one");
    limits.reload();
    EXPECT_EQ(series(limits, "a"), 1U);
    EXPECT_EQ(successful(), 0);
    write("one", "overrides: {a: {max_query_series: 1}}");
    limits.reload();
    EXPECT_EQ(successful(), 1);
}

TEST_F(RuntimeLimitsTest, AreNotReadFromAPipe) {
    write("one", "overrides: {a: {max_query_series: 1}}");
    RuntimeLimits limits = make(folder_ / "one");
    ASSERT_TRUE(limits.load());
    std::filesystem::remove(folder_ / "one");
    ASSERT_EQ(::mkfifo((folder_ / "one").c_str(), 0600), 0);
    // With an end to write to, so that whoever does read it comes back.
    const int pipe = ::open((folder_ / "one").c_str(), O_RDWR | O_CLOEXEC);
    limits.reload();
    ::close(pipe);
    EXPECT_EQ(series(limits, "a"), 1U);
    EXPECT_EQ(successful(), 0);
    EXPECT_NE(limits.yaml().find("is not a regular file"), std::string::npos) << limits.yaml();
}

TEST_F(RuntimeLimitsTest, AtStartMustBeRight) {
    RuntimeLimits missing = make(folder_ / "none");
    EXPECT_FALSE(missing.load());
    write("bad", "overrides: {a: {nonsense: 1}}");
    RuntimeLimits bad = make(folder_ / "bad");
    const Result<void> loaded = bad.load();
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("bad:1: overrides.a: limits_config.nonsense"),
              std::string::npos);
}

}  // namespace
}  // namespace skald::app
