// SPDX-License-Identifier: Apache-2.0
//
// Protobuf pushes: the input as it is, and compressed, so that the wire reader is reached as well
// as the decompressor. Whatever is accepted must be consistent and readable to its last byte.
#include "../../src/api/push_protobuf.h"
#include "support/push_batch_check.h"
#include "support/unlimited_share.h"

#include <skald/foundation/base/buffer.h>

#include <snappy.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr std::uint64_t kLimit = 1 << 20;

void decode(std::string_view bytes) {
    skald::Buffer body(bytes.size());
    if (!bytes.empty()) std::memcpy(body.data(), bytes.data(), bytes.size());
    const auto batch = skald::api::decode_push_protobuf(std::move(body), kLimit,
                                                        skald::support::unlimited_share());
    if (batch) skald::support::check_push_batch(*batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const char* const text = reinterpret_cast<const char*>(bytes);
    decode({text, size});
    std::string compressed;
    snappy::Compress(text, size, &compressed);
    decode(compressed);
    return 0;
}
