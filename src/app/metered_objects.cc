// SPDX-License-Identifier: Apache-2.0
#include "metered_objects.h"

#include <skald/foundation/base/units.h>

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::app {

namespace {

using storage::ObjectStore;
using storage::ObjectWriter;
using storage::RemoteObjectStore;

const std::vector<double> kBuckets = {.001, .01, .1, .3, .6, 1, 3, 6, 9, 20, 30, 60, 90, 120};

/// Calls of one operation. Threading: thread-safe.
class Operation {
public:
    Operation(const char* name, const std::string& bucket, const Clock& clock,
              MetricsRegistry& metrics)
        : clock_(clock) {
        const MetricLabels labels = {{"bucket", bucket}, {"operation", name}};
        count_ = metrics.counter("loki_objstore_bucket_operations_total",
                                 "Calls of the store of objects.", labels);
        failures_ =
            metrics.counter("loki_objstore_bucket_operation_failures_total",
                            "Calls of the store of objects that failed; an object that is not "
                            "there is no failure.",
                            labels);
        seconds_ = metrics.histogram("loki_objstore_bucket_operation_duration_seconds",
                                     "Time of calls of the store of objects.", labels, kBuckets);
    }

    template <class Call>
    auto operator()(Call&& call) const {
        const auto start = clock_.now();
        auto result = std::forward<Call>(call)();
        Counter count = count_;
        count.add();
        Counter failures = failures_;
        if (!result && result.error().code != ErrorCode::kNotFound) failures.add();
        Histogram seconds = seconds_;
        seconds.observe(std::chrono::duration<double>(clock_.now() - start).count());
        return result;
    }

private:
    const Clock& clock_;
    Counter count_;
    Counter failures_;
    Histogram seconds_;
};

struct Operations {
    Operations(const std::string& bucket, const Clock& clock, MetricsRegistry& metrics)
        : upload("upload", bucket, clock, metrics),
          get_range("get_range", bucket, clock, metrics),
          attributes("attributes", bucket, clock, metrics),
          iterate("iter", bucket, clock, metrics),
          remove("delete", bucket, clock, metrics),
          clock_(clock),
          last_upload_(metrics.gauge("loki_objstore_bucket_last_successful_upload_time",
                                     "When an object was last written, Unix seconds.",
                                     {{"bucket", bucket}})) {}

    void uploaded() const {
        Gauge last = last_upload_;
        last.set(static_cast<double>(clock_.wall_now()) / kNanosPerSecond);
    }

    const Operation upload;
    const Operation get_range;
    const Operation attributes;
    const Operation iterate;
    const Operation remove;

private:
    const Clock& clock_;
    const Gauge last_upload_;
};

/// An upload is one operation, counted and timed by its end.
class MeteredWriter final : public ObjectWriter {
public:
    MeteredWriter(std::unique_ptr<ObjectWriter> writer, const Operations& operations)
        : writer_(std::move(writer)), operations_(operations) {}

    Result<void> append(std::string_view bytes) override { return writer_->append(bytes); }
    Result<void> commit() override {
        Result<void> done = operations_.upload([this] { return writer_->commit(); });
        if (done) operations_.uploaded();
        return done;
    }

private:
    const std::unique_ptr<ObjectWriter> writer_;
    const Operations& operations_;
};

template <class Interface>
class Metered : public Interface {
public:
    Metered(std::unique_ptr<Interface> objects, const std::string& bucket, const Clock& clock,
            MetricsRegistry& metrics)
        : objects_(std::move(objects)), operations_(bucket, clock, metrics) {}

    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override {
        SKALD_TRY(std::unique_ptr<ObjectWriter> writer, objects_->create(key));
        return std::unique_ptr<ObjectWriter>(
            std::make_unique<MeteredWriter>(std::move(writer), operations_));
    }
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override {
        return operations_.get_range([&] { return objects_->read(key, offset, length); });
    }
    void prefetch(const std::string& key, std::uint64_t offset, std::size_t length) const override {
        objects_->prefetch(key, offset, length);
    }
    Result<std::uint64_t> size(const std::string& key) const override {
        return operations_.attributes([&] { return objects_->size(key); });
    }
    Result<std::vector<ObjectStore::Listed>> list(const std::string& prefix) const override {
        return operations_.iterate([&] { return objects_->list(prefix); });
    }
    Result<void> remove(const std::string& key) override {
        return operations_.remove([&] { return objects_->remove(key); });
    }

protected:
    Interface& objects() const { return *objects_; }

private:
    const std::unique_ptr<Interface> objects_;
    const Operations operations_;
};

class MeteredRemote final : public Metered<RemoteObjectStore> {
public:
    using Metered::Metered;
    Result<void> check() override { return objects().check(); }
    void hurry() override { objects().hurry(); }
    const std::string& place() const override { return objects().place(); }
};

}  // namespace

std::unique_ptr<ObjectStore> meter(std::unique_ptr<ObjectStore> objects, const std::string& bucket,
                                   const Clock& clock, MetricsRegistry& metrics) {
    return std::make_unique<Metered<ObjectStore>>(std::move(objects), bucket, clock, metrics);
}

std::unique_ptr<RemoteObjectStore> meter(std::unique_ptr<RemoteObjectStore> objects,
                                         const std::string& bucket, const Clock& clock,
                                         MetricsRegistry& metrics) {
    return std::make_unique<MeteredRemote>(std::move(objects), bucket, clock, metrics);
}

}  // namespace skald::app
