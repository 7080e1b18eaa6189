// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/ruler/rule_group.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace skald::read {

/// A YAML document of which every value is charged before it is made. Why not YAML::Load: it takes
/// some 400 bytes for a value of two, and can't be stopped.
///
/// Invariants: the values of a list follow each other by `next`; those of a map too, each behind
/// its key. What an alias stands for was before it, and may be a value that the alias is in.
/// Threading: immutable.
class YamlTree {
public:
    enum class Kind { kNull, kScalar, kList, kMap };
    struct Node {
        Kind kind = Kind::kNull;
        std::size_t line = 0;          ///< From 1.
        std::string text;              ///< kScalar.
        const Node* first = nullptr;   ///< kList, kMap.
        const Node* next = nullptr;    ///< Of the same list or map.
        const Node* target = nullptr;  ///< Of an alias: what it stands for.
    };

    /// The first document. `charge` is asked for the values, `charge_tokens` for what the parser
    /// may keep of a text after which it tells nothing for long, and which it soon frees. Errors:
    /// kInvalidArgument, it is not YAML; those of the charges.
    static Result<YamlTree> parse(std::string_view yaml, const MemoryCharge& charge,
                                  const MemoryCharge& charge_tokens);

    const Node& root() const { return nodes_.front(); }
    static const Node& resolved(const Node& node) { return node.target ? *node.target : node; }
    /// Calls `visit(value)` for each of a list until it fails. Nothing for other kinds.
    static Result<void> each_item(const Node& list,
                                  const std::function<Result<void>(const Node&)>& visit);
    /// Calls `visit(key, value)` for each of a map until it fails. Nothing for other kinds.
    static Result<void> each_member(
        const Node& map, const std::function<Result<void>(const Node&, const Node&)>& visit);
    /// The first member of that name; null if there is none.
    static const Node* find(const Node& map, std::string_view name);

private:
    explicit YamlTree(std::deque<Node> nodes) : nodes_(std::move(nodes)) {}

    std::deque<Node> nodes_;  ///< Never moved: they point at each other.
};

}  // namespace skald::read
