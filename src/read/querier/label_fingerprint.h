// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>

#include <cstdint>
#include <string>

namespace skald::read {

/// Loki's fingerprint of a label set, which decides the order of streams at equal times: XXH64 over
/// names and values, each followed by 0xFF (Prometheus' labels.Hash). `scratch` is overwritten.
std::uint64_t fingerprint(const Labels& labels, std::string& scratch);

}  // namespace skald::read
