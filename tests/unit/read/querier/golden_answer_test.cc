// SPDX-License-Identifier: Apache-2.0
//
// Goal: queries over data that anybody can read answer what the files in tests/golden/answers say.
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using support::MemoryRow;

/// One query of a file, and what was read before it.
class GoldenAnswers : public support::QuerierFixture {
protected:
    void read(const std::filesystem::path& path) {
        std::ifstream in(path);
        std::string query;
        std::vector<std::string> expected;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with('#')) continue;
            if (line.starts_with("stream ")) {
                start_stream(line.substr(7));
            } else if (line.starts_with('@')) {
                const std::size_t blank = line.find(' ');
                rows_.push_back(
                    {at(std::stod(line.substr(1, blank))), line.substr(blank + 1), "", {}});
            } else if (line.starts_with("> ")) {
                store_rows();
                query = line.substr(2);
            } else if (!line.empty()) {
                expected.push_back(line);
            } else if (!query.empty()) {
                check(std::exchange(query, {}), std::exchange(expected, {}));
            }
        }
        if (!query.empty()) check(query, expected);
    }

    std::size_t checked_ = 0;

private:
    void start_stream(const std::string& label) {
        const std::size_t equal = label.find('=');
        stream_ = stream({{label.substr(0, equal), label.substr(equal + 1)}});
    }
    void store_rows() {
        if (!rows_.empty()) store_run(stream_, std::exchange(rows_, {}), ++generation_);
    }

    void check(const std::string& query, const std::vector<std::string>& expected) {
        SCOPED_TRACE(query);
        const auto parsed = parse_query(query);
        ASSERT_OK(parsed);
        QueryRequest request =
            (*parsed)->is_log() ? log_request(query, 0, 60) : instant_request(query, 60);
        request.direction = Direction::kForward;
        const auto response = run(request);
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(texts(*response), expected);
        ++checked_;
    }

    static std::vector<std::string> texts(const QueryResponse& response) {
        std::vector<std::string> texts;
        if (const auto* vector = std::get_if<VectorResult>(&response.data)) {
            for (const Series& each : vector->series) {
                texts.push_back(each.labels.to_string() + " " +
                                format_float(each.samples[0].value));
            }
            return texts;
        }
        for (const LogStream& each : std::get<StreamsResult>(response.data).streams) {
            for (const LogRow& row : each.rows) {
                texts.push_back(row.line + " " + row.parsed.to_string());
            }
        }
        return texts;
    }

    StreamPtr stream_;
    std::vector<MemoryRow> rows_;
    std::uint64_t generation_ = 0;
};

TEST_F(GoldenAnswers, AreGiven) {
    for (const auto& file :
         std::filesystem::directory_iterator(SKALD_SOURCE_DIR "/tests/golden/answers")) {
        SCOPED_TRACE(file.path().filename().string());
        read(file.path());
    }
    EXPECT_GT(checked_, 10U);
}

}  // namespace
}  // namespace skald::read
