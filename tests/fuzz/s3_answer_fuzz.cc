// SPDX-License-Identifier: Apache-2.0
#include "../src/storage/s3/answers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Any bytes as an answer of an S3 service: values or an error, never a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    static_cast<void>(skald::storage::parse_list_page(body));
    static_cast<void>(skald::storage::parse_uploads(body));
    static_cast<void>(skald::storage::parse_upload_id(body));
    static_cast<void>(skald::storage::parse_trouble(body));
    static_cast<void>(skald::storage::parse_assumed_role(body));
    return 0;
}
