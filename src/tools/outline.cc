// SPDX-License-Identifier: Apache-2.0
#include "outline.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>

namespace skald::tools {

void Outline::add(std::string_view name, std::string_view text) {
    members_.push_back({std::string(name), Kind::kText, std::string(text), {}});
}

void Outline::add_number(std::string_view name, std::string digits) {
    members_.push_back({std::string(name), Kind::kNumber, std::move(digits), {}});
}

Outline& Outline::child(std::string_view name) {
    members_.push_back({std::string(name), Kind::kObject, {}, {}});
    return members_.back().below.emplace_back();
}

Outline& Outline::item(std::string_view list) {
    if (members_.empty() || members_.back().name != list)
        members_.push_back({std::string(list), Kind::kList, {}, {}});
    return members_.back().below.emplace_back();
}

std::string Outline::json() const {
    std::string out;
    write_json(out);
    return out + "\n";
}

std::string Outline::text() const {
    std::string out;
    write_text(out, 0);
    return out;
}

void Outline::write_json(std::string& out) const {
    out += '{';
    bool is_first = true;
    for (const Member& member : members_) {
        if (!is_first) out += ',';
        is_first = false;
        append_json_string(out, member.name);
        out += ':';
        switch (member.kind) {
            case Kind::kText: append_json_string(out, member.value); break;
            case Kind::kNumber: out += member.value; break;
            case Kind::kObject: member.below.front().write_json(out); break;
            case Kind::kList: {
                out += '[';
                for (std::size_t i = 0; i < member.below.size(); ++i) {
                    if (i > 0) out += ',';
                    member.below[i].write_json(out);
                }
                out += ']';
                break;
            }
        }
    }
    out += '}';
}

void Outline::write_text(std::string& out, std::size_t depth) const {
    for (const Member& member : members_) {
        const std::string indent(2 * depth, ' ');
        if (member.kind == Kind::kText || member.kind == Kind::kNumber) {
            out += indent + member.name + ": " + member.value + "\n";
            continue;
        }
        for (const Outline& below : member.below) {
            out += indent + member.name + "\n";
            below.write_text(out, depth + 1);
        }
    }
}

}  // namespace skald::tools
