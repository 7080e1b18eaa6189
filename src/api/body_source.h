// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace skald::api {

/// A body that is written while it is sent, so that its first bytes don't wait for its last.
/// Threading: one call at a time, from any thread.
class BodySource {
public:
    virtual ~BodySource() = default;

    /// Appends the next piece to `out`; false if nothing follows it. Not called again then.
    virtual bool next(std::string& out) = 0;
};

/// All that the source has left.
std::string collect(BodySource& source);

/// `first` and then what `source` has left.
std::shared_ptr<BodySource> with_first(std::string first, std::shared_ptr<BodySource> source);

/// The bytes of `source` as one gzip member whose first piece can be unpacked at once.
std::shared_ptr<BodySource> gzip_source(std::shared_ptr<BodySource> source);

}  // namespace skald::api
