// SPDX-License-Identifier: Apache-2.0
#include "schema_check.h"

#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <string_view>

namespace skald {

namespace {

constexpr std::string_view kPath = kSchemaPeriods;

constexpr std::array<std::string_view, 8> kKeys = {
    "from", "store", "object_store", "schema", "index", "chunks", "row_shards", "rows_shards"};
constexpr std::array<std::string_view, 13> kStores = {
    "tsdb",       "boltdb-shipper", "boltdb",          "grpc-store", "aws",
    "aws-dynamo", "bigtable",       "bigtable-hashed", "gcp",        "gcp-columnkey",
    "cassandra",  "dynamodb",       "inmemory"};
constexpr std::array<std::string_view, 12> kRemoteStores = {
    "aws-dynamo", "azure",        "gcs",      "gcp",       "bos",        "swift",
    "cos",        "alibabacloud", "bigtable", "cassandra", "grpc-store", "gcp-columnkey"};
constexpr std::array<std::string_view, 5> kSchemas = {"v9", "v10", "v11", "v12", "v13"};

bool is_one_of(std::string_view text, std::span<const std::string_view> all) {
    return std::find(all.begin(), all.end(), text) != all.end();
}

/// `YYYY-MM-DD`, perhaps with a time behind it as YAML tools write it.
bool is_day(std::string_view text) {
    if (text.size() < 10) return false;
    for (std::size_t i = 0; i < 10; ++i) {
        const bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : std::isdigit(static_cast<unsigned char>(text[i])) == 0)
            return false;
    }
    return text.size() == 10 || text[10] == 'T' || text[10] == ' ';
}

class SchemaCheck {
public:
    std::vector<ConfigProblem> check(const YAML::Node& periods) {
        if (!periods.IsSequence() || periods.size() == 0) {
            problem(periods, std::string(kPath) + ": needs at least one period");
            return std::move(problems_);
        }
        std::size_t number = 0;
        for (const auto& period : periods) {
            name_ = std::string(kPath) + "[" + std::to_string(number++) + "]";
            if (period.IsMap()) {
                check_period(period);
            } else {
                problem(period, name_ + ": must be a map of keys and values");
            }
        }
        return std::move(problems_);
    }

private:
    void check_period(const YAML::Node& period) {
        for (const auto& item : period) {
            if (!item.first.IsScalar() || !is_one_of(item.first.Scalar(), kKeys))
                problem(item.first, name_ + ": no such key; a period has " + joined(kKeys, " | "));
        }
        check_from(period["from"]);
        check_choice(period["store"], "store", kStores);
        check_choice(period["schema"], "schema", kSchemas);
        const YAML::Node store = period["object_store"];
        if (store && store.IsScalar() && is_one_of(store.Scalar(), kRemoteStores))
            problem(store, name_ + ".object_store: " + go_quote(store.Scalar()) +
                               " is not served; write filesystem or s3");
    }

    void check_from(const YAML::Node& from) {
        if (!from) return;
        if (!from.IsScalar() || !is_day(from.Scalar())) {
            problem(from, name_ + ".from: must be a day such as 2024-04-01");
            return;
        }
        const std::string day = from.Scalar().substr(0, 10);
        if (day <= last_)
            problem(from,
                    name_ + ".from: periods must be in order, each later than the one before");
        last_ = day;
    }

    void check_choice(const YAML::Node& value, const std::string& key,
                      std::span<const std::string_view> choices) {
        if (!value || value.IsNull()) return;
        if (!value.IsScalar() || !is_one_of(value.Scalar(), choices))
            problem(value, name_ + "." + key + ": must be one of " + joined(choices, " | "));
    }

    void problem(const YAML::Node& at, std::string text) {
        problems_.push_back({static_cast<std::size_t>(at.Mark().line) + 1, std::move(text)});
    }

    std::vector<ConfigProblem> problems_;
    std::string name_;
    std::string last_;
};

}  // namespace

std::vector<ConfigProblem> check_schema_periods(const YAML::Node& periods) {
    return SchemaCheck().check(periods);
}

std::vector<std::pair<std::size_t, std::string>> stores_of_periods(const YAML::Node& periods) {
    std::vector<std::pair<std::size_t, std::string>> stores;
    if (!periods.IsSequence()) return stores;
    for (const auto& period : periods) {
        if (!period.IsMap()) continue;
        const YAML::Node store = period["object_store"];
        if (!store || !store.IsScalar() || is_one_of(store.Scalar(), kRemoteStores)) continue;
        stores.emplace_back(static_cast<std::size_t>(store.Mark().line) + 1, store.Scalar());
    }
    return stores;
}

}  // namespace skald
