// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace skald {

/// What a relabel rule does.
enum class RelabelAction : std::uint8_t {
    kReplace,    ///< Sets the target to the replacement if the regex matches the sources.
    kKeep,       ///< Drops the set unless the regex matches the sources.
    kDrop,       ///< Drops the set if it does.
    kKeepEqual,  ///< Drops the set unless the target has the value of the sources.
    kDropEqual,  ///< Drops the set if it has.
    kHashMod,    ///< Sets the target to a hash of the sources modulo the modulus.
    kLabelMap,   ///< Copies labels whose name the regex matches to the replacement's name.
    kLabelDrop,  ///< Removes labels whose name the regex matches.
    kLabelKeep,  ///< Removes the others.
    kLowercase,  ///< Sets the target to the sources in lower case.
    kUppercase,  ///< … in upper case.
};

/// "replace", "keep", …
std::string_view to_string(RelabelAction action) noexcept;
/// Without regard to case. Errors: kInvalidArgument.
Result<RelabelAction> parse_relabel_action(std::string_view text);

/// One of Prometheus' relabel rules
/// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config).
struct RelabelRule {
    RelabelAction action = RelabelAction::kReplace;
    std::vector<std::string> source_labels;  ///< Their values, joined, are what is looked at.
    std::string separator = ";";
    std::string regex = "(.*)";  ///< Anchored on both sides; a dot is any character.
    std::uint64_t modulus = 0;
    std::string target_label;
    std::string replacement = "$1";

    bool operator==(const RelabelRule&) const = default;
};

/// Relabel rules, each applied to what the one before left.
/// Threading: immutable, cheap to copy.
class RelabelRules {
public:
    static constexpr std::size_t kRulesMax = 100;
    static constexpr std::size_t kSourcesMax = 64;      ///< Of a rule.
    static constexpr std::size_t kTextBytesMax = 4096;  ///< Of each text of a rule.
    static constexpr std::size_t kSetBytesMax = 64 << 10;

    /// No rules: sets stay as they are.
    RelabelRules() = default;
    /// Errors: kInvalidArgument, the first rule that can't be and what is wrong with it; also for
    /// more than the maxima above.
    static Result<RelabelRules> create(std::vector<RelabelRule> rules);

    bool empty() const noexcept { return rules_.empty(); }
    const std::vector<RelabelRule>& rules() const noexcept { return rules_; }
    /// The set as the rules leave it; nothing if they drop it, if no label is left, or if it grows
    /// past kSetBytesMax on the way.
    std::optional<Labels> apply(const Labels& labels) const;

    bool operator==(const RelabelRules& other) const { return rules_ == other.rules_; }

private:
    std::vector<RelabelRule> rules_;
    std::vector<std::shared_ptr<const re2::RE2>> regexes_;  ///< By rule.
};

}  // namespace skald
