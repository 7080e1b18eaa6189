// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compression.h"

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace skald::api {

/// A packed body that is unpacked piece by piece. Threading: single-owner.
class Unpacker {
public:
    virtual ~Unpacker() = default;

    /// Fills `out` as far as it goes; returns the bytes written. Errors: kInvalidArgument.
    virtual Result<std::size_t> fill(char* out, std::size_t size) = 0;
    /// True once the last byte was written.
    virtual bool done() const noexcept = 0;
};

/// `packed` must outlive the result. Requires: `encoding` is not kIdentity.
std::unique_ptr<Unpacker> make_unpacker(std::string_view packed, BodyEncoding encoding);

/// Members of the factory above.
std::unique_ptr<Unpacker> make_zlib_unpacker(std::string_view packed, BodyEncoding encoding);
std::unique_ptr<Unpacker> make_zstd_unpacker(std::string_view packed);
std::unique_ptr<Unpacker> make_lz4_unpacker(std::string_view packed);

}  // namespace skald::api
