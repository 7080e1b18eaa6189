// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "token.h"

#include <optional>
#include <span>
#include <string_view>

namespace skald::read {

struct Word {
    std::string_view text;
    Token token;  ///< What it becomes: kind, and the operation of range and vector functions.
};

/// Reserved everywhere. `lower` is in lower case.
std::optional<TokenKind> find_keyword(std::string_view lower);
/// Functions: words only in front of a parenthesis.
const Word* find_function(std::string_view lower);
bool is_keyword(std::string_view lower);

/// Names to suggest from.
std::span<const std::string_view> stage_names() noexcept;
std::span<const std::string_view> function_names() noexcept;

/// The nearest of `candidates` by edit distance if it is near enough to be meant, else "".
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace skald::read
