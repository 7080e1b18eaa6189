// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/faulty_file_system.h"
#include "support/result_assertions.h"
#include "support/sim_clock.h"

#include <skald/storage/deletes/delete_log.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// The query is a prefix of the stream's text.
class PrefixSelector final : public RowSelector {
public:
    explicit PrefixSelector(std::string_view prefix) : prefix_(prefix) {}
    bool takes_stream(const Labels& labels) const override {
        return labels.to_string().starts_with(prefix_);
    }
    bool takes_all_rows() const override { return true; }
    Result<void> select(const Run&, std::uint32_t, std::uint32_t,
                        std::vector<std::uint32_t>&) const override {
        return {};
    }

private:
    std::string prefix_;
};

/// As a query would see it that finds a row of the tenant.
inline Result<void> select_any(const DeleteLog& log, const TenantId& tenant) {
    const std::shared_ptr<const PendingDeletes> pending = log.pending(tenant);
    for (const PendingDelete& each : *pending) {
        std::vector<std::uint32_t> rows;
        SKALD_CHECK(each.rows->select(Run{}, 0, 1, rows));
    }
    return {};
}

/// A log over a simulated disk, which survives `open`.
class DeleteLogTest : public testing::Test {
protected:
    void SetUp() override { open(); }

    void open() { ASSERT_TRUE(try_open()); }
    /// As `open`, on a disk that may refuse.
    bool try_open() {
        log_.reset();
        objects_.reset();
        Result<std::unique_ptr<ObjectStore>> objects = open_file_object_store(files_, "objects");
        if (!objects) return false;
        objects_ = *std::move(objects);
        limits_source_ = std::make_unique<FixedLimits>(limits_);
        Result<std::unique_ptr<DeleteLog>> log = make_log();
        if (log) log_ = *std::move(log);
        return log.has_value();
    }
    Result<std::unique_ptr<DeleteLog>> make_log() {
        const auto compile =
            [](std::string_view query) -> Result<std::shared_ptr<const RowSelector>> {
            if (query == "bad") return Error{ErrorCode::kInvalidArgument, "bad query"};
            return std::shared_ptr<const RowSelector>(std::make_shared<PrefixSelector>(query));
        };
        return DeleteLog::open(options_, {.objects = *objects_,
                                          .limits = *limits_source_,
                                          .clock = clock_,
                                          .metrics = metrics_,
                                          .compile = compile});
    }
    std::string add(const TenantId& tenant, std::string query = "{") {
        const Result<std::string> id = log_->add(tenant, std::move(query), 10, 20);
        EXPECT_OK(id);
        return id ? *id : "";
    }

    static std::string path_of(const std::string& id) {
        return "objects/deletes/t-one/" + id + ".del";
    }
    void damage_both(const std::string& id) {
        files_.damage(path_of(id), 20, 1);
        files_.damage(path_of(id), files_.read_all(path_of(id))->view().size() - 1, 1);
    }

    const TenantId one_ = *TenantId::parse("one");
    const TenantId two_ = *TenantId::parse("two");
    FaultyFileSystem files_{1};
    support::SimClock clock_;
    Limits limits_;
    MetricsRegistry metrics_;
    std::unique_ptr<LimitsSource> limits_source_;
    std::unique_ptr<ObjectStore> objects_;
    DeleteLog::Options options_;
    std::unique_ptr<DeleteLog> log_;
};

}  // namespace skald::storage
