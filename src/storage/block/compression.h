// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block_codec.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

// The codecs behind one face. Contexts and scratch memory belong to the thread and are re-used.
namespace skald::storage {

/// Compresses `in`. The answer is valid until the thread's next call; empty if the codec is kNone
/// or does not make it smaller. `level` is zstd's.
std::string_view compress(Codec codec, int level, std::string_view in);

/// Fills exactly `out_size` bytes at `out`. Errors: kCorruption.
Result<void> decompress(Codec codec, std::string_view in, char* out, std::size_t out_size);

/// Memory of `size` bytes that is valid until the thread's next call.
char* thread_scratch(std::size_t size);

/// True if no input of `stored` bytes can decode to `raw` bytes: the size is a lie, and must not be
/// allocated.
bool exceeds_codec_ratio(Codec codec, std::uint64_t stored, std::uint64_t raw);

}  // namespace skald::storage
