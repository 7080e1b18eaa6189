// SPDX-License-Identifier: Apache-2.0
//
// Goal: the files of the ruler are what their pages say, and no flipped bit in them goes by.
#include "alert_file.h"
#include "rule_store.h"
#include "support/faulty_file_system.h"
#include "support/format_example.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace skald::read {
namespace {

AlertFile example() {
    Alert alert;
    alert.labels = Labels::from_pairs({{"alertname", "A"}});
    alert.annotations = {{"s", "x"}};
    alert.state = AlertState::kFiring;
    alert.value = 1;
    alert.active_at = 1;
    alert.fired_at = 2;
    alert.last_sent_at = 3;
    alert.valid_until = 4;
    return {.written_at = 9, .rules = {{"t", "n", "g", "A\nvector(1)", {alert}}}};
}

std::string flipped(std::string bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    return bytes;
}

/// The YAML of the page.
std::string rules_example() {
    std::ifstream in(std::string(SKALD_SOURCE_DIR) + "/docs/formats/rules.md");
    std::stringstream page;
    page << in.rdbuf();
    const std::string text = page.str();
    const std::string fence = "```yaml\n";
    const std::size_t begin = text.find(fence) + fence.size();
    return text.substr(begin, text.find("```", begin) - begin);
}

TEST(RulerFilesTest, ThePageShowsTheBytesOfAlerts) {
    const std::string bytes = encode_alerts(example());
    EXPECT_EQ(format_example("alerts.md", 0), bytes) << to_hex(bytes);
    const Result<AlertFile> read = decode_alerts(bytes);
    ASSERT_OK(read);
    EXPECT_EQ(encode_alerts(*read), bytes);
}

TEST(RulerFilesTest, EverySingleBitOfDamageToAlertsIsFound) {
    const std::string bytes = encode_alerts(example());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit)
        EXPECT_FALSE(decode_alerts(flipped(bytes, bit))) << bit;
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_alerts(bytes.substr(0, size))) << size;
}

TEST(RulerFilesTest, EverySingleBitOfDamageToSealedRulesIsFoundAndHarmsNoOtherFile) {
    const std::string bytes = rules_example();
    storage::FaultyFileSystem files(1);
    const RuleStore store(files, "rules", false);
    files.put("rules/t/whole", bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        SCOPED_TRACE(bit);
        files.put("rules/t/damaged", flipped(bytes, bit));
        std::vector<std::string> problems;
        const auto tenants = store.load(problems);
        ASSERT_OK(tenants);
        ASSERT_TRUE(tenants->contains("t"));
        EXPECT_TRUE(tenants->at("t").contains("whole"));
        EXPECT_FALSE(tenants->at("t").contains("damaged"));
        ASSERT_EQ(problems.size(), 1U);
        EXPECT_NE(problems.front().find("rules/t/damaged"), std::string::npos);
    }
    files.put("rules/t/damaged", bytes);
    std::vector<std::string> problems;
    const auto tenants = store.load(problems);
    ASSERT_OK(tenants);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(tenants->at("t").at("damaged").front().rules.front().expr, "vector(1)");
}

}  // namespace
}  // namespace skald::read
