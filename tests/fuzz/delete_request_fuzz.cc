// SPDX-License-Identifier: Apache-2.0
//
// The decoder of stored delete requests over arbitrary bytes. The checksum is made to fit, or
// nothing behind it would be reached.
#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/deletes/delete_request.h>

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;           // NOLINT(google-build-using-namespace): a program.
    using namespace skald::storage;  // NOLINT(google-build-using-namespace)
    std::string input(reinterpret_cast<const char*>(bytes), size);
    ByteWriter(input).u64(hash64(input));
    const Result<DeleteRequest> request = decode_delete_request(input);
    if (!request) return 0;
    const Result<DeleteRequest> again = decode_delete_request(encode_delete_request(*request));
    SKALD_ASSERT(again.has_value() && again->object_key() == request->object_key());
    return 0;
}
