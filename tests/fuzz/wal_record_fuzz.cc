// SPDX-License-Identifier: Apache-2.0
//
// The decoder of WAL records takes any bytes; what it accepts encodes to a record of the same
// entries.
#include <skald/foundation/base/assert.h>
#include <skald/write/ingester/wal_record.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

std::string encoded(const skald::cluster::StreamBatch& batch, skald::Buffer& room) {
    const skald::write::WalPayload payload = skald::write::encode_wal_record(batch, room);
    return std::string(payload.head) + std::string(payload.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald::write;  // NOLINT(google-build-using-namespace): a test's only function.
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    WalRecordDecoder decoder;
    const auto decoded = decoder.decode(input);
    if (!decoded) return 0;

    skald::Buffer buffer;
    const std::string first = encoded(**decoded, buffer);
    WalRecordDecoder again;
    const auto same = again.decode(first);
    SKALD_ASSERT(same.has_value());
    skald::Buffer second;
    SKALD_ASSERT(encoded(**same, second) == first);
    return 0;
}
