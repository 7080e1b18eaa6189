// SPDX-License-Identifier: Apache-2.0
//
// The decoder of stored delete requests over arbitrary bytes. The checksums are made to fit, or
// nothing behind it would be reached.
#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/deletes/delete_request.h>

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;           // NOLINT(google-build-using-namespace): a program.
    using namespace skald::storage;  // NOLINT(google-build-using-namespace)
    std::string copy(reinterpret_cast<const char*>(bytes), size);
    ByteWriter(copy).u64(hash64(copy));
    // The first version is one copy, the second one two, of which one may be damaged.
    for (const std::string& input : {copy, copy + copy, copy + std::string(copy.size(), 'x')}) {
        const Result<StoredDelete> read = decode_delete_request(input);
        if (!read) continue;
        const Result<StoredDelete> again =
            decode_delete_request(encode_delete_request(read->request));
        SKALD_ASSERT(again.has_value() && again->is_whole);
        SKALD_ASSERT(again->request.object_key() == read->request.object_key());
        const auto key = parse_delete_key(read->request.object_key());
        SKALD_ASSERT(key.has_value() && key->id == read->request.id);
    }
    return 0;
}
