// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "s3_object_store.h"

#include <skald/foundation/base/buffer.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// Collects an object and sends it: in one request if it is small, else in parts, each as soon as
/// it is full. Must not outlive the store.
class S3ObjectWriter final : public ObjectWriter {
public:
    S3ObjectWriter(S3ObjectStore& store, std::string key) : store_(store), key_(std::move(key)) {}
    ~S3ObjectWriter() override;

    Result<void> append(std::string_view bytes) override;
    Result<void> commit() override;

private:
    S3Call call(std::string operation, std::string method) const;
    Result<void> begin_upload();
    Result<void> send_part();
    Result<void> put_whole();
    Result<void> complete();
    /// After a `complete` whose answer was lost or says that there is no such upload.
    bool is_complete() const;

    S3ObjectStore& store_;
    const std::string key_;
    Buffer part_;
    std::size_t part_bytes_ = 0;  ///< Of part_ that are filled.
    std::uint64_t sent_bytes_ = 0;
    std::string upload_;              ///< Empty: no parts so far.
    std::vector<std::string> parts_;  ///< Their entity tags.
    bool ended_ = false;              ///< After an error or `commit`.
    bool committed_ = false;
};

}  // namespace skald::storage
