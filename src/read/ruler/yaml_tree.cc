// SPDX-License-Identifier: Apache-2.0
#include "yaml_tree.h"

#include <skald/foundation/base/units.h>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <optional>
#include <streambuf>
#include <vector>

namespace skald::read {

namespace {

using Kind = YamlTree::Kind;
using Node = YamlTree::Node;

/// What stops the parser, which has no other way: it never leaves YamlTree::parse.
struct Refused {
    Error error;
};

/// The text as the parser reads it. The parser tells nothing of a list or map in brackets that may
/// be a key before it is at its end, and keeps all that is in it as tokens meanwhile: text after
/// which it tells nothing for long is charged as if it were nothing but tokens.
class MeteredText : public std::streambuf {
public:
    MeteredText(std::string_view text, const MemoryCharge& charge) : left_(text), charge_(charge) {}

    void parser_told_something() { untold_ = 0; }
    /// Why the text ended before its end.
    const std::optional<Error>& refusal() const { return refusal_; }

protected:
    int_type underflow() override {
        constexpr std::size_t kWindow = 2048;
        constexpr std::size_t kUntoldMax = 32 * kKiB;  // Of a long text, too.
        constexpr std::size_t kTokenBytesPerByte = 150;
        const std::string_view window = left_.substr(0, kWindow);
        untold_ += window.size();
        if (untold_ > kUntoldMax && !refusal_) {
            const Result<void> charged = charge_(window.size() * kTokenBytesPerByte);
            if (!charged) refusal_ = charged.error();
        }
        if (window.empty() || refusal_) return traits_type::eof();
        left_.remove_prefix(window.size());
        char* const begin = const_cast<char*>(window.data());  // Only read.
        setg(begin, begin, begin + window.size());
        return traits_type::to_int_type(*begin);
    }

private:
    std::string_view left_;
    const MemoryCharge& charge_;
    std::size_t untold_ = 0;
    std::optional<Error> refusal_;
};

/// Puts what the parser finds into a list of nodes.
class Builder : public YAML::EventHandler {
public:
    Builder(std::deque<Node>& nodes, MeteredText& text, const MemoryCharge& charge)
        : nodes_(nodes), text_(text), charge_(charge) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(Kind::kNull, mark, anchor, 0);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(Kind::kNull, mark, 0, 0).target = anchors_.at(anchor - 1);
    }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string& value) override {
        add(Kind::kScalar, mark, anchor, value.size()).text = value;
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open_.push_back({&add(Kind::kList, mark, anchor, 0), nullptr});
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open_.push_back({&add(Kind::kMap, mark, anchor, 0), nullptr});
    }
    void OnMapEnd() override { open_.pop_back(); }

private:
    /// A list or map that has begun. The parser refuses those that are nested deeply.
    struct Open {
        Node* node;
        Node* last;
    };

    Node& add(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, std::size_t text) {
        text_.parser_told_something();
        constexpr std::size_t kAnchor = 128;  // Its name is kept by the parser.
        const Result<void> charged = charge_(sizeof(Node) + text + (anchor == 0 ? 0 : kAnchor));
        if (!charged) throw Refused{charged.error()};
        Node& node = nodes_.emplace_back();
        node.kind = kind;
        node.line = mark.is_null() ? 0 : static_cast<std::size_t>(mark.line) + 1;
        if (!open_.empty()) {
            Open& in = open_.back();
            (in.last == nullptr ? in.node->first : in.last->next) = &node;
            in.last = &node;
        }
        if (anchor > anchors_.size()) anchors_.resize(anchor);
        if (anchor != 0) anchors_[anchor - 1] = &node;
        return node;
    }

    std::deque<Node>& nodes_;
    MeteredText& text_;
    const MemoryCharge& charge_;
    std::vector<Open> open_;
    std::vector<const Node*> anchors_;  ///< Numbered from 1 as they come.
};

}  // namespace

Result<YamlTree> YamlTree::parse(std::string_view yaml, const MemoryCharge& charge,
                                 const MemoryCharge& charge_tokens) {
    SKALD_CHECK(charge(yaml.size()));  // Names of anchors, a text as it is read.
    MeteredText text(yaml, charge_tokens);
    std::istream in(&text);
    std::deque<Node> nodes;
    try {
        YAML::Parser parser(in);
        Builder builder(nodes, text, charge);
        parser.HandleNextDocument(builder);
    } catch (const Refused& refused) {
        return refused.error;
    } catch (const YAML::Exception& exception) {
        if (text.refusal()) return *text.refusal();
        return Error{ErrorCode::kInvalidArgument, exception.what()};
    }
    if (text.refusal()) return *text.refusal();
    if (nodes.empty()) nodes.emplace_back();
    return YamlTree(std::move(nodes));
}

Result<void> YamlTree::each_item(const Node& list,
                                 const std::function<Result<void>(const Node&)>& visit) {
    if (list.kind != Kind::kList) return {};
    for (const Node* item = list.first; item != nullptr; item = item->next) {
        SKALD_CHECK(visit(resolved(*item)));
    }
    return {};
}

Result<void> YamlTree::each_member(
    const Node& map, const std::function<Result<void>(const Node&, const Node&)>& visit) {
    if (map.kind != Kind::kMap) return {};
    for (const Node* key = map.first; key != nullptr && key->next != nullptr;
         key = key->next->next) {
        SKALD_CHECK(visit(resolved(*key), resolved(*key->next)));
    }
    return {};
}

const Node* YamlTree::find(const Node& map, std::string_view name) {
    if (map.kind != Kind::kMap) return nullptr;
    for (const Node* key = map.first; key != nullptr && key->next != nullptr;
         key = key->next->next) {
        const Node& known = resolved(*key);
        if (known.kind == Kind::kScalar && known.text == name) return &resolved(*key->next);
    }
    return nullptr;
}

}  // namespace skald::read
