// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace skald {

/// What a client may do.
enum class Right {
    kNone,     ///< Needs nothing: for what everybody may see.
    kRead,     ///< Queries, labels, tails.
    kWrite,    ///< Pushes.
    kMetrics,  ///< `/metrics`, which names tenants.
    kAdmin,    ///< Flush, shutdown, deletion, configuration; holds kMetrics.
};
/// "read", …
std::string_view to_string(Right right) noexcept;

/// One who is let in, as the file of `auth.file` describes it.
struct AccessRule {
    static constexpr std::size_t kDigestBytes = 32;

    std::string name;   ///< For logs, and the user of HTTP's basic authentication.
    std::string token;  ///< Empty if only its SHA-256 is known.
    std::array<unsigned char, kDigestBytes> token_sha256{};
    bool all_tenants = false;
    std::vector<std::string> tenants;  ///< Valid names, sorted, each once.
    std::vector<Right> rights;         ///< At least one.
};

/// The content of such a file, with all that is wrong with it. No text in `problems` holds a token.
struct LoadedAccessRules {
    std::vector<AccessRule> rules;
    std::vector<ConfigProblem> problems;  ///< With any of these the file is not used.
};

/// Reads `tokens: [{name, token or token_sha256, tenants, rights}]`: names and tokens are there
/// once each, tokens have at least 16 characters. Never fails: all problems are listed.
/// Threading: pure.
LoadedAccessRules load_access_rules(std::string_view yaml);

}  // namespace skald
