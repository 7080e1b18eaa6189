// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/read/querier/index_querier.h>
#include <skald/read/querier/querier.h>
#include <skald/write/distributor/distributor.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

/// A clock that stands still; sleeping ends at once.
class StillClock final : public Clock {
public:
    explicit StillClock(std::int64_t wall) : wall_(wall) {}
    TimePoint now() const override { return TimePoint{}; }
    std::int64_t wall_now() const override { return wall_; }
    Task<> sleep_until(TimePoint) override { co_return; }

private:
    std::int64_t wall_;
};

/// Remembers what was pushed and answers what it is told to.
class FakeDistributor final : public write::Distributor {
public:
    struct Entry {
        std::string labels;
        TimeNs time = 0;
        std::string line;
        bool operator==(const Entry&) const = default;
    };

    Task<Result<void>> push(TenantId tenant, write::PushBatch batch) override {
        tenants.push_back(tenant.text());
        policies.push_back(batch.policy);
        for (const auto& stream : batch.streams) {
            for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
                entries.push_back({std::string(stream.labels), batch.entries[i].time,
                                   std::string(batch.entries[i].line)});
            }
        }
        co_return answer;
    }

    Result<void> answer;
    std::vector<std::string> tenants;
    std::vector<std::string> policies;
    std::vector<Entry> entries;
};

/// Remembers what was asked and answers what it is told to.
class FakeQuerier final : public read::Querier {
public:
    Task<Result<read::QueryResponse>> query(read::QueryRequest request,
                                            CancelToken cancel) override {
        queries.push_back(request);
        if (on_query) co_return co_await on_query(std::move(request), cancel);
        co_return answer;
    }
    Task<Result<std::vector<std::string>>> label_names(MetadataRequest request,
                                                       CancelToken) override {
        metadata.push_back(std::move(request));
        co_return texts;
    }
    Task<Result<std::vector<std::string>>> label_values(MetadataRequest request, std::string name,
                                                        CancelToken) override {
        metadata.push_back(std::move(request));
        names.push_back(std::move(name));
        co_return texts;
    }
    Task<Result<std::vector<StreamPtr>>> series(MetadataRequest request, CancelToken) override {
        metadata.push_back(std::move(request));
        co_return label_sets;
    }

    std::function<Task<Result<read::QueryResponse>>(read::QueryRequest, CancelToken)> on_query;
    Result<read::QueryResponse> answer = read::QueryResponse{};
    Result<std::vector<std::string>> texts = std::vector<std::string>{};
    Result<std::vector<StreamPtr>> label_sets = std::vector<StreamPtr>{};
    std::vector<read::QueryRequest> queries;
    std::vector<MetadataRequest> metadata;
    std::vector<std::string> names;
};

/// Remembers what was asked and answers what it is told to.
class FakeIndexQuerier final : public read::IndexQuerier {
public:
    Task<Result<read::IndexStats>> stats(read::IndexRequest request, CancelToken) override {
        requests.push_back(std::move(request));
        co_return stats_answer;
    }
    Task<Result<read::ShardPlan>> shards(read::IndexRequest request, std::uint64_t bytes,
                                         CancelToken) override {
        requests.push_back(std::move(request));
        shard_bytes = bytes;
        co_return plan;
    }
    Task<Result<read::QueryResponse>> volume(read::VolumeRequest request, CancelToken) override {
        volumes.push_back(std::move(request));
        co_return volume_answer;
    }
    Task<Result<std::vector<read::DetectedLabel>>> detected_labels(read::IndexRequest request,
                                                                   CancelToken) override {
        requests.push_back(std::move(request));
        co_return labels;
    }

    Result<read::IndexStats> stats_answer = read::IndexStats{};
    Result<read::ShardPlan> plan = read::ShardPlan{};
    Result<read::QueryResponse> volume_answer = read::QueryResponse{};
    Result<std::vector<read::DetectedLabel>> labels = std::vector<read::DetectedLabel>{};
    std::vector<read::IndexRequest> requests;
    std::vector<read::VolumeRequest> volumes;
    std::uint64_t shard_bytes = 0;
};

inline Buffer buffer_of(std::string_view text) {
    Buffer buffer(text.size());
    if (!text.empty()) std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
}

/// A GET as a handler gets it.
inline HttpRequest get_request(std::string path, std::string query = {}) {
    HttpRequest request;
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers.add("X-Scope-OrgID", "t");
    return request;
}

inline HttpRequest post_request(std::string path, std::string_view content_type,
                                std::string_view body) {
    HttpRequest request = get_request(std::move(path));
    request.method = Method::kPost;
    if (!content_type.empty()) request.headers.add("Content-Type", content_type);
    request.body = buffer_of(body);
    return request;
}

}  // namespace skald::api
