// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"
#include "row_content.h"
#include "row_labels.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/entry.h>
#include <skald/read/querier/live_query.h>

#include <algorithm>
#include <span>
#include <utility>

namespace skald::read {

namespace {

/// Batches that wait for one query; a second or two of a busy tenant.
constexpr std::uint64_t kQueuedBytesMax = 16 * kMiB;
/// What they may be once the stages have run: templates may make much of little.
constexpr std::uint64_t kTakenBytesMax = 16 * kMiB;

class LiveQueryImpl final : public LiveQuery {
public:
    explicit LiveQueryImpl(std::shared_ptr<const Pipeline> pipeline)
        : pipeline_(std::move(pipeline)) {}

    void subscribe(cluster::LiveTail& tail, cluster::LiveTail::Request request) {
        subscription_ = tail.subscribe(std::move(request));
    }

    Taken take() override {
        const cluster::LiveSubscription::Taken raw = subscription_->take();
        Taken taken;
        taken_bytes_ = 0;
        for (const cluster::LiveRows& rows : raw.rows) {
            for (const std::uint32_t index : rows.streams)
                add_stream(*rows.batch, rows.batch->streams[index], taken);
        }
        std::stable_sort(taken.rows.begin(), taken.rows.end(),
                         [](const Row& a, const Row& b) { return a.row.time < b.row.time; });
        taken.dropped.reserve(taken.dropped.size() + raw.dropped.size());
        for (const cluster::DroppedRow& row : raw.dropped)
            taken.dropped.push_back({row.time, row.stream->labels});
        return taken;
    }

private:
    void add_stream(const cluster::StreamBatch& batch,
                    const cluster::StreamBatch::StreamEntries& stream, Taken& taken) {
        const Labels& labels = stream.stream->labels;
        for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
            const EntryView& entry = batch.entries[i];
            const LineFilterProgram* const filter = pipeline_->line_filter();
            if (filter != nullptr && !filter->matches(entry.line)) continue;
            if (!runs(labels, entry, batch.pairs)) continue;
            if (taken_bytes_ > kTakenBytesMax) {
                taken.dropped.push_back({entry.time, labels});
                continue;
            }
            std::unique_ptr<RowContent> content = row_content(labels_, labels);
            taken_bytes_ += sizeof(Row) + content->line.size() + content->parsed.heap_bytes();
            taken.rows.push_back({std::move(content->stream),
                                  {entry.time, std::move(content->line),
                                   std::move(content->metadata), std::move(content->parsed)}});
        }
    }

    bool runs(const Labels& labels, const EntryView& entry, std::span<const LabelView> pairs) {
        labels_.reset(labels);
        if (!entry.level.empty()) labels_.add_metadata(kDetectedLevel, entry.level);
        for (const LabelView& pair : pairs.subspan(entry.metadata_begin, entry.metadata_count))
            labels_.add_metadata(pair.name, pair.value);
        labels_.mark();
        labels_.rewind(entry.time, entry.line);
        return pipeline_->run_label_stages(labels_, nullptr) &&
               pipeline_->run_row_stages(labels_, nullptr);
    }

    const std::shared_ptr<const Pipeline> pipeline_;
    RowLabels labels_;
    std::uint64_t taken_bytes_ = 0;  ///< By the call of `take` that runs.
    std::unique_ptr<cluster::LiveSubscription> subscription_;
};

}  // namespace

Result<std::unique_ptr<LiveQuery>> LiveQuery::start(cluster::LiveTail& tail, TenantId tenant,
                                                    const Expr& expr, std::function<void()> wake) {
    if (!expr.is_log()) return Error{ErrorCode::kInvalidArgument, "only log selector is supported"};
    const auto& log = std::get<LogExpr>(expr.node);
    SKALD_TRY(std::shared_ptr<const Pipeline> pipeline, Pipeline::create(log));
    auto query = std::make_unique<LiveQueryImpl>(std::move(pipeline));
    query->subscribe(tail, {.tenant = std::move(tenant),
                            .matchers = log.matchers,
                            .queued_bytes_max = kQueuedBytesMax,
                            .wake = std::move(wake)});
    return std::unique_ptr<LiveQuery>(std::move(query));
}

}  // namespace skald::read
