// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "s3_client.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/s3/s3_object_store.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skald::storage {

/// The store over one bucket.
///
/// A write whose answer was lost may still happen after we gave up. Its key is remembered, and for
/// a while removing it is not believed to be the end of it (docs/formats/commit.md).
class S3ObjectStore final : public RemoteObjectStore {
public:
    S3ObjectStore(S3Options options, S3Endpoint endpoint, FileSystem& files, const Clock& clock,
                  MetricsRegistry& metrics);

    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override;
    Result<std::uint64_t> size(const std::string& key) const override;
    Result<std::vector<Listed>> list(const std::string& prefix) const override;
    Result<void> remove(const std::string& key) override;

    Result<void> check() override;
    void hurry() override;
    const std::string& place() const override { return place_; }

    S3Client& client() const { return *client_; }
    /// The key in the bucket.
    std::string full_key(const std::string& key) const { return client_->options().prefix + key; }
    /// Headers that every object is written with.
    S3Fields write_headers() const;
    /// The outcome of writing the key is not known.
    void doubt(const std::string& key);
    /// It is again.
    void trust(const std::string& key);

private:
    Result<void> list_page(const std::string& prefix, std::string& token,
                           std::vector<Listed>& found) const;
    Result<void> abort_old_uploads();

    std::unique_ptr<S3Client> client_;
    std::string place_;
    Guarded<std::map<std::string, Clock::TimePoint>> doubtful_;  ///< Keys, and since when.
};

}  // namespace skald::storage
