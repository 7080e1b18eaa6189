// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace skald::read {

/// Estimates how many different texts were added.
///
/// HyperLogLog (P. Flajolet, É. Fusy, O. Gandouet, F. Meunier, AOFA 2007) with 64-bit hashes and
/// linear counting while most registers are empty (S. Heule, M. Nunkesser, A. Hall: HyperLogLog in
/// Practice, EDBT 2013); without their empirical correction in between. 4096 registers: a standard
/// error of 1.6 %. Up to kExactMax hashes are kept as they are, so that small counts are exact.
/// Threading: single-owner.
class HyperLogLog {
public:
    static constexpr std::size_t kExactMax = 128;

    void add(std::string_view text);
    std::uint64_t estimate() const;

private:
    static constexpr unsigned kBits = 12;
    static constexpr std::size_t kRegisters = std::size_t{1} << kBits;

    void add_hash(std::uint64_t hash);

    std::vector<std::uint64_t> hashes_;    ///< Distinct; empty once there are registers.
    std::vector<std::uint8_t> registers_;  ///< Longest run of zeros and one, of each share.
};

}  // namespace skald::read
