// SPDX-License-Identifier: Apache-2.0
//
// Goal: each query of tests/golden/logql has the canonical text, error and hint written beside it.
#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace skald::read {
namespace {

struct GoldenCase {
    std::string where;
    std::string query;
    std::string text;
    std::string error;
    std::string hint;
};

std::vector<GoldenCase> read_cases(const std::filesystem::path& path) {
    std::vector<GoldenCase> cases;
    std::ifstream in(path);
    bool open = false;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) open = false;
        if (line.empty() || line.starts_with('#')) continue;
        if (!open) {
            cases.emplace_back().where = path.filename().string() + ":" + std::to_string(number);
            open = true;
        }
        GoldenCase& current = cases.back();
        if (line.starts_with("> ")) {
            if (!current.query.empty()) current.query += "\n";
            current.query += line.substr(2);
        } else if (line.starts_with("! ")) {
            current.error = line.substr(2);
        } else if (line.starts_with("? ")) {
            current.hint = line.substr(2);
        } else {
            current.text = line;
        }
    }
    return cases;
}

std::string last_line(const std::string& text) {
    return text.substr(text.rfind('\n') + 1);
}

TEST(LogqlGolden, EveryQueryHasItsTextOrItsError) {
    std::size_t count = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(SKALD_SOURCE_DIR "/tests/golden/logql")) {
        for (const GoldenCase& golden : read_cases(file.path())) {
            SCOPED_TRACE(golden.where + " " + golden.query);
            ++count;
            const Result<ExprPtr> parsed = parse_query(golden.query);
            if (golden.error.empty()) {
                ASSERT_TRUE(parsed) << parsed.error().message;
                EXPECT_EQ(to_string(**parsed), golden.text);
                continue;
            }
            ASSERT_FALSE(parsed) << to_string(**parsed);
            EXPECT_EQ(without_hint(parsed.error().message), golden.error);
            if (!golden.hint.empty()) {
                EXPECT_EQ(last_line(parsed.error().message), golden.hint);
            }
        }
    }
    EXPECT_GT(count, 150U);
}

}  // namespace
}  // namespace skald::read
