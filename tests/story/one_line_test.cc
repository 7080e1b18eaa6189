// SPDX-License-Identifier: Apache-2.0
//
// The tour: one log line on its way through the real components, from a push body to the answer of
// a query, with what must be true at each hop. Only the disk (in memory) and the clock are the
// test's.
#include "api/push_json.h"
#include "support/faulty_file_system.h"
#include "support/result_assertions.h"
#include "support/run_task.h"
#include "support/sim_clock.h"
#include "support/temporary_folder.h"
#include "support/unlimited_share.h"

#include <skald/cluster/ring/ring.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/querier.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/store/store.h>
#include <skald/storage/wal/wal.h>
#include <skald/write/distributor/distributor.h>
#include <skald/write/ingester/ingester.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace skald {
namespace {

Buffer buffer_of(std::string_view text) {
    Buffer buffer(text.size());
    std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
}

/// Everything that a server of one process has between the HTTP layer and the disk.
class OneProcess {
public:
    OneProcess()
        : objects_(*storage::open_file_object_store(disk_, "chunks")),
          catalog_(*storage::Catalog::open({.directory = catalog_folder_.path()}, metrics_)),
          store_(*storage::Store::open(*objects_, *catalog_, {}, metrics_)) {
        cluster::RingInstance self;
        self.id = "ingester-1";
        self.state = cluster::InstanceState::kActive;
        self.heartbeat = clock.wall_now();
        self.tokens = cluster::make_tokens(self.id, 128);
        ring.put(self);
        write::Ingester::Options options;
        options.instance = "ingester-1";
        options.wal_directory = "wal";
        ingester =
            *write::Ingester::create(options, disk_, *store_, limits_, clock, workers_, metrics_);
        const auto client = [this](std::string_view id) -> cluster::IngesterClient* {
            return id == "ingester-1" ? ingester.get() : nullptr;
        };
        distributor =
            write::Distributor::create({}, limits_, ring, client, clock, workers_, metrics_);
        querier = read::Querier::create(*ingester, *store_, limits_, clock, workers_, metrics_);
    }

    template <class T>
    T wait_for(Task<T> task) {
        return support::run_task(io_, std::move(task));
    }
    storage::Store& store() { return *store_; }
    storage::FileSystem& disk() { return disk_; }
    storage::ObjectStore& objects() { return *objects_; }

private:
    boost::asio::io_context io_;  // Before the workers, who post to it.
    TemporaryFolder catalog_folder_;
    storage::FaultyFileSystem disk_;
    MetricsRegistry metrics_;
    FixedLimits limits_{Limits{}};
    WorkerPool workers_{{.threads = 2}};

public:
    support::SimClock clock;
    cluster::Ring ring{{}};

private:
    std::unique_ptr<storage::ObjectStore> objects_;
    std::unique_ptr<storage::Catalog> catalog_;
    std::unique_ptr<storage::Store> store_;

public:
    std::unique_ptr<write::Ingester> ingester;
    std::unique_ptr<write::Distributor> distributor;
    std::unique_ptr<read::Querier> querier;
};

/// The lines of the answer, with their labels in front.
std::string ask(OneProcess& process, const std::string& query, TimeNs start, TimeNs end) {
    read::QueryRequest request{
        .tenant = TenantId::anonymous(), .query = query, .start = start, .end = end};
    const Result<read::QueryResponse> response =
        process.wait_for(process.querier->query(std::move(request), CancelToken{}));
    if (!response) return response.error().message;
    std::string text;
    for (const read::LogStream& stream : std::get<read::StreamsResult>(response->data).streams)
        for (const read::LogRow& row : stream.rows)
            text +=
                stream.labels.to_string() + " " + row.metadata.to_string() + " " + row.line + "\n";
    return text;
}

TEST(OneLine, FromAPushBodyToTheAnswerOfAQuery) {
    OneProcess process;
    const TimeNs now = process.clock.wall_now();
    const TenantId tenant = TenantId::anonymous();

    // A client sends a body. The api module decodes it: the line is a view into the body, not a
    // copy.
    const std::string body = R"({"streams":[{"stream":{"env":"prod","app":"shop"},"values":[[")" +
                             std::to_string(now) +
                             R"(","order 42 level=error",{"trace_id":"t1"}]]}]})";
    Result<write::PushBatch> batch =
        api::decode_push_json(buffer_of(body), false, support::unlimited_share());
    ASSERT_OK(batch);
    ASSERT_EQ(batch->streams.size(), 1U);
    EXPECT_EQ(batch->streams[0].labels, R"({app="shop", env="prod"})");
    EXPECT_EQ(batch->entries[0].line, "order 42 level=error");

    // The ring says who keeps the stream. With one ingester, it does.
    const Labels labels =
        Labels::from_pairs({{"app", "shop"}, {"env", "prod"}, {"service_name", "shop"}});
    const std::uint32_t token = cluster::ring_token(tenant, labels.to_string());
    const auto owners = process.ring.owners(token, now);
    ASSERT_OK(owners);
    EXPECT_EQ(*owners, std::vector<std::string>{"ingester-1"});

    // The distributor validates it, adds service_name and detected_level, and hands it to the
    // ingester, which answers once the record is synced.
    ASSERT_OK(process.wait_for(process.distributor->push(tenant, std::move(*batch))));
    const auto logs = storage::list_wal_generations(process.disk(), "wal");
    ASSERT_OK(logs);
    EXPECT_EQ(logs->size(), 1U) << "the line is in the write-ahead log";

    // It is visible at once, from memory: no segment is there yet.
    const std::string expected = R"({app="shop", env="prod", service_name="shop"} )"
                                 R"({detected_level="error", trace_id="t1"} order 42 level=error)"
                                 "\n";
    EXPECT_EQ(ask(process, R"({app="shop"} |= "order 42")", now, now + 1), expected);
    EXPECT_EQ(process.store().totals().segments, 0U);

    // A flush freezes the generation and publishes it as one segment; its log goes.
    ASSERT_OK(process.ingester->flush());
    const auto segments = process.objects().list("segments/");
    ASSERT_OK(segments);
    ASSERT_EQ(segments->size(), 1U);
    EXPECT_EQ(process.store().totals().segments, 1U);
    EXPECT_TRUE(storage::list_wal_generations(process.disk(), "wal")->empty());

    // The same query now reads the segment, and gives the same answer, once.
    EXPECT_EQ(ask(process, R"({app="shop"} |= "order 42")", now, now + 1), expected);
    EXPECT_EQ(ask(process, R"({app="shop"} | trace_id="t1")", now, now + 1), expected);
    EXPECT_EQ(ask(process, R"({app="shop"} |= "order 43")", now, now + 1), "");

    // Another tenant sees nothing of it.
    const auto foreign = process.wait_for(process.querier->label_names(
        {.tenant = *TenantId::parse("somebody"), .selectors = {}, .start = now, .end = now + 1},
        {}));
    ASSERT_OK(foreign);
    EXPECT_TRUE(foreign->empty());

    process.ingester->stop();
}

}  // namespace
}  // namespace skald
