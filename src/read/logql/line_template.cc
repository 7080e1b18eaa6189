// SPDX-License-Identifier: Apache-2.0
#include "template_execution.h"
#include "template_reads.h"
#include "template_tree.h"

#include <skald/read/logql/line_template.h>

#include <optional>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

/// A template of nothing but text, {{.label}} and {{__line__}}.
struct Piece {
    enum class Kind { kText, kLabel, kLine };
    Kind kind = Kind::kText;
    std::string text;
};

std::optional<Piece> piece_of(const TemplateNode& node) {
    if (node.kind == TemplateNode::Kind::kText) return Piece{Piece::Kind::kText, node.text};
    const TemplatePipeline& pipeline = node.pipeline;
    if (node.kind != TemplateNode::Kind::kAction || !pipeline.variables.empty() ||
        pipeline.commands.size() != 1 || pipeline.commands.front().words.size() != 1) {
        return std::nullopt;
    }
    const TemplateOperand& word = pipeline.commands.front().words.front();
    if (word.kind == TemplateOperand::Kind::kField && word.names.size() == 1) {
        return Piece{Piece::Kind::kLabel, word.names.front()};
    }
    if (word.kind == TemplateOperand::Kind::kFunction && word.source == "__line__") {
        return Piece{Piece::Kind::kLine, {}};
    }
    return std::nullopt;
}

std::optional<std::vector<Piece>> pieces_of(const TemplateTree& tree) {
    std::vector<Piece> pieces;
    for (const TemplateNode& node : tree.root) {
        std::optional<Piece> piece = piece_of(node);
        if (!piece) return std::nullopt;
        pieces.push_back(*std::move(piece));
    }
    return pieces;
}

class CompiledTemplate final : public LineTemplate {
public:
    explicit CompiledTemplate(TemplateTree tree)
        : tree_(std::move(tree)), pieces_(pieces_of(tree_)), reads_(labels_read_by(tree_)) {}

    Result<std::string> execute(const StageRow& row) const override {
        if (pieces_) return concatenate(row);
        return TemplateExecution(tree_, regexes_, row).run();
    }

    std::string_view only_label() const override {
        const bool alone =
            pieces_ && pieces_->size() == 1 && pieces_->front().kind == Piece::Kind::kLabel;
        return alone ? std::string_view(pieces_->front().text) : std::string_view();
    }

    const WantedLabels& reads() const override { return reads_; }

private:
    Result<std::string> concatenate(const StageRow& row) const {
        std::string out;
        for (const Piece& piece : *pieces_) {
            switch (piece.kind) {
                case Piece::Kind::kText: out.append(piece.text); break;
                case Piece::Kind::kLabel: out.append(row.find(piece.text).value_or("")); break;
                case Piece::Kind::kLine: out.append(row.line()); break;
            }
            // The other way of execution says where this happened.
            if (out.size() > kTemplateTextMax) return TemplateExecution(tree_, regexes_, row).run();
        }
        return out;
    }

    TemplateTree tree_;
    std::optional<std::vector<Piece>> pieces_;
    WantedLabels reads_;
    mutable RegexCache regexes_;
};

}  // namespace

Result<std::shared_ptr<const LineTemplate>> LineTemplate::compile(std::string_view text,
                                                                  std::string_view name) {
    SKALD_TRY(TemplateTree tree, parse_template(text, name));
    return std::shared_ptr<const LineTemplate>(std::make_shared<CompiledTemplate>(std::move(tree)));
}

}  // namespace skald::read
