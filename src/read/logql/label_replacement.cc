// SPDX-License-Identifier: Apache-2.0
#include "regex_text.h"
#include "template_regex.h"

#include <skald/read/logql/label_replacement.h>

#include <re2/re2.h>

#include <utility>

namespace skald::read {
namespace {

/// Longer values than this make no sense as labels.
constexpr std::size_t kBytesMax = 1 << 20;

class Replacement final : public LabelReplacement {
public:
    Replacement(std::shared_ptr<const re2::RE2> regex, std::string_view replacement)
        : regex_(std::move(regex)), replacement_(replacement) {}

    std::optional<std::string> apply(std::string_view value) const override {
        if (!re2::RE2::PartialMatch({value.data(), value.size()}, *regex_)) return std::nullopt;
        RegexEffort effort;
        Result<std::string> text =
            replace_matches(*regex_, value, replacement_, false, kBytesMax, effort);
        if (!text) return std::nullopt;
        return *std::move(text);
    }

private:
    const std::shared_ptr<const re2::RE2> regex_;
    const std::string replacement_;
};

}  // namespace

Result<std::shared_ptr<const LabelReplacement>> LabelReplacement::compile(
    std::string_view regex, std::string_view replacement) {
    SKALD_TRY(auto compiled, compile_regex("^(?:" + std::string(regex) + ")$"));
    return std::shared_ptr<const LabelReplacement>(
        std::make_shared<Replacement>(std::move(compiled), replacement));
}

}  // namespace skald::read
