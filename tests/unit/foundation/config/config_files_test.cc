// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"

#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

// Each file of tests/config says in its first lines what becomes of it:
//   # expect: starts                       no problem
//   # expect: error PATH TEXT              a problem that begins with PATH and holds TEXT
//   # ignored: KEY …                       keys that are accepted and ignored
//   # value: KEY VALUE                     what a key is in the end
// Without `expect: starts` the errors named must be all there are.
namespace skald {
namespace {

struct ConfigFile {
    std::string text;
    bool starts = false;
    std::vector<std::pair<std::string, std::string>> errors;
    std::vector<std::string> ignored;
    std::vector<std::pair<std::string, std::string>> values;
};

std::pair<std::string, std::string> split_word(const std::string& text) {
    const std::size_t space = std::min(text.find(' '), text.size());
    return {text.substr(0, space), text.substr(std::min(space + 1, text.size()))};
}

ConfigFile read_file(const std::filesystem::path& path) {
    ConfigFile file;
    std::ifstream in(path);
    file.text = {std::istreambuf_iterator<char>(in), {}};
    std::istringstream lines(file.text);
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
        const auto [word, rest] = split_word(line.substr(std::min<std::size_t>(2, line.size())));
        if (word == "expect:" && rest == "starts") file.starts = true;
        if (word == "expect:" && rest.starts_with("error "))
            file.errors.push_back(split_word(rest.substr(6)));
        if (word == "value:") file.values.push_back(split_word(rest));
        if (word == "ignored:") {
            std::istringstream keys(rest);
            for (std::string key; keys >> key;) file.ignored.push_back(key);
        }
    }
    return file;
}

class ConfigFiles : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ConfigFiles, HaveTheOutcomeThatTheyName) {
    const ConfigFile file = read_file(GetParam());
    ASSERT_NE(file.starts, !file.errors.empty()) << "the file must say what becomes of it";
    const LoadedConfig loaded = load_config(file.text, {});
    std::vector<std::string> problems;
    for (const ConfigProblem& problem : loaded.problems) problems.push_back(problem.text);
    if (file.starts) {
        EXPECT_EQ(problems, std::vector<std::string>());
    } else {
        EXPECT_EQ(problems.size(), file.errors.size());
    }
    for (const auto& [path, text] : file.errors) {
        const bool found =
            std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
                return problem.starts_with(path) && problem.find(text) != std::string::npos;
            });
        EXPECT_TRUE(found) << path << ": " << text;
    }
    if (HasFailure()) {
        for (const std::string& problem : problems) ADD_FAILURE() << "problem: " << problem;
    }
    for (const std::string& key : file.ignored) {
        EXPECT_NE(std::find(loaded.ignored.begin(), loaded.ignored.end(), key),
                  loaded.ignored.end())
            << key;
    }
    for (const auto& [path, value] : file.values) {
        const ConfigKey* key = find_config_key(path);
        ASSERT_NE(key, nullptr) << path;
        EXPECT_EQ(key->text(loaded.config), value) << path;
    }
}

std::vector<std::filesystem::path> all_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(SKALD_SOURCE_DIR) / "tests/config"))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

INSTANTIATE_TEST_SUITE_P(Historic, ConfigFiles, testing::ValuesIn(all_files()),
                         [](const testing::TestParamInfo<std::filesystem::path>& info) {
                             std::string name = info.param.stem().string();
                             for (char& c : name)
                                 if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                             return name;
                         });

TEST(ConfigFileList, IsNotTooShort) {
    EXPECT_GE(all_files().size(), 25U);
}

}  // namespace
}  // namespace skald
