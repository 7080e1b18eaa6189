// SPDX-License-Identifier: Apache-2.0
#include "template_reads.h"

#include "template_functions.h"

#include <algorithm>

namespace skald::read {

namespace {

using Operand = TemplateOperand;

class Collector {
public:
    /// `root`: "." is the labels here. `main`: "$" is.
    void visit(const TemplateNodes& nodes, bool root, bool main) {
        for (const TemplateNode& node : nodes) {
            visit(node.pipeline, root, main);
            const bool moves_dot =
                node.kind == TemplateNode::Kind::kWith || node.kind == TemplateNode::Kind::kRange;
            visit(node.body, root && !moves_dot, main);
            visit(node.otherwise, root, main);
        }
    }

    WantedLabels result() && {
        if (wanted_.all) return WantedLabels{true, {}};
        std::sort(wanted_.names.begin(), wanted_.names.end());
        wanted_.names.erase(std::unique(wanted_.names.begin(), wanted_.names.end()),
                            wanted_.names.end());
        return std::move(wanted_);
    }

private:
    void visit(const TemplatePipeline& pipeline, bool root, bool main) {
        for (const TemplateCommand& command : pipeline.commands) {
            const std::size_t skipped = indexed_label(command) ? 2 : 0;
            for (std::size_t i = skipped; i < command.words.size(); ++i)
                visit(command.words[i], root, main);
        }
    }

    /// `index . "name"`, which is how labels with unusual names are read. Noted wherever it stands:
    /// to want too much does no harm.
    bool indexed_label(const TemplateCommand& command) {
        if (command.words.size() < 3) return false;
        const Operand& function = command.words[0];
        const Operand& item = command.words[1];
        const Operand& name = command.words[2];
        if (function.kind != Operand::Kind::kFunction || function.function->name != "index")
            return false;
        const bool whole = item.kind == Operand::Kind::kDot ||
                           (item.kind == Operand::Kind::kVariable && item.names.size() == 1 &&
                            item.names.front() == "$");
        if (!whole || name.kind != Operand::Kind::kString) return false;
        wanted_.names.push_back(name.text);
        return true;
    }

    void visit(const Operand& operand, bool root, bool main) {
        switch (operand.kind) {
            case Operand::Kind::kDot: wanted_.all |= root; return;
            case Operand::Kind::kField: wanted_.names.push_back(operand.names.front()); return;
            case Operand::Kind::kVariable:
                // Other variables hold the labels only if a "." or "$" was put there.
                if (operand.names.front() != "$") return;
                if (operand.names.size() > 1) wanted_.names.push_back(operand.names[1]);
                if (operand.names.size() == 1) wanted_.all |= main;
                return;
            case Operand::Kind::kChain: return visit(operand.base.front(), root, main);
            case Operand::Kind::kPipeline: return visit(*operand.pipeline, root, main);
            default: return;
        }
    }

    WantedLabels wanted_{false, {}};
};

}  // namespace

WantedLabels labels_read_by(const TemplateTree& tree) {
    Collector collector;
    collector.visit(tree.root, true, true);
    for (const auto& [name, nodes] : tree.defined) collector.visit(nodes, false, false);
    return std::move(collector).result();
}

}  // namespace skald::read
