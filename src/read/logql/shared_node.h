// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace skald::read {

/// Frees a tree without a recursion: nodes that die while another one is being freed wait in a
/// list.
template <class Node>
class FlatDelete {
public:
    void operator()(const Node* node) const {
        using Owner = std::unique_ptr<const Node>;
        // A raw pointer, so that trees may still die while a thread's variables are destroyed.
        static thread_local std::vector<Owner>* waiting = nullptr;
        Owner owner(node);
        if (waiting != nullptr) {
            waiting->push_back(std::move(owner));
            return;
        }
        std::vector<Owner> list;
        waiting = &list;
        owner.reset();
        while (!list.empty()) {
            const Owner next = std::move(list.back());
            list.pop_back();
        }
        waiting = nullptr;
    }
};

/// A shared node of a syntax tree; a long chain of them may be dropped safely.
template <class Node>
std::shared_ptr<const Node> make_shared_node(Node node) {
    return std::shared_ptr<const Node>(std::make_unique<const Node>(std::move(node)).release(),
                                       FlatDelete<Node>{});
}

}  // namespace skald::read
