// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"
#include "foreign_keys.h"
#include "ignored_keys.h"
#include "moved_keys.h"
#include "refusals.h"

#include <skald/foundation/config/config.h>

#include <algorithm>
#include <string>
#include <vector>

namespace skald {

namespace {

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t dot = path.find('.', begin);
        parts.push_back(path.substr(begin, dot - begin));
        if (dot == std::string::npos) return parts;
        begin = dot + 1;
    }
}

}  // namespace

std::string config_yaml(const Config& config, std::string_view mode) {
    const Config defaults = load_config("", {}).config;
    const Config& shown = mode == "defaults" ? defaults : config;
    // A section may come back later in the table: collect the lines of each as a tree first.
    struct Node {
        std::string name;
        std::string value;
        std::vector<Node> children;
    };
    Node root;
    for (const ConfigKey& key : config_keys()) {
        if (mode == "diff" && key.text(config) == key.text(defaults)) continue;
        Node* at = &root;
        for (const std::string& part : parts_of(key.path)) {
            Node* child = nullptr;
            for (Node& candidate : at->children)
                if (candidate.name == part) child = &candidate;
            if (child == nullptr) child = &at->children.emplace_back(Node{part, {}, {}});
            at = child;
        }
        at->value = key.text(shown);
    }
    std::string out;
    const auto print = [&](const auto& self, const Node& node, std::size_t depth) -> void {
        for (const Node& child : node.children) {
            out.append(depth * 2, ' ');
            out += child.name + ":";
            out += child.value.empty() ? "\n" : " " + child.value + "\n";
            self(self, child, depth + 1);
        }
    };
    print(print, root, 0);
    return out.empty() ? "{}\n" : out;
}

std::string config_help() {
    const Config defaults;
    std::string out;
    for (const ConfigKey& key : config_keys()) {
        if (key.flag.empty()) continue;
        out += "  -" + key.flag + "  (" + key.type;
        if (!key.range.empty()) out += ", " + key.range;
        out += "; default " + key.text(defaults) + ")\n        " + key.doc + "\n";
    }
    return out;
}

std::string config_markdown() {
    const Config defaults;
    std::string out =
        "| key | flag | type and range | default | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const ConfigKey& key : config_keys()) {
        std::string type = key.type + (key.range.empty() ? "" : ", " + key.range);
        std::string escaped;
        for (const char c : type) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
        out += "| `" + key.path + "` | " + (key.flag.empty() ? "" : "`-" + key.flag + "`") + " | " +
               escaped + " | `" + key.text(defaults) + "` | " + key.doc + " |\n";
    }
    return out;
}

bool has_keys_below(const std::string& section) {
    const auto& keys = config_keys();
    return std::any_of(keys.begin(), keys.end(),
                       [&](const ConfigKey& key) { return key.path.starts_with(section + "."); });
}

std::string loki_keys_markdown() {
    std::string out = "| key | flag | here |\n| --- | --- | --- |\n";
    const auto row = [&](std::string_view path, std::string_view flag, std::string_view what) {
        out += "| `" + std::string(path) + "` | ";
        if (!flag.empty()) out += "`-" + std::string(flag) + "`";
        out += " | " + std::string(what) + " |\n";
    };
    for (const ForeignKey& key : foreign_keys()) {
        const std::string path(key.path);
        const std::string own = path.ends_with(".*") ? path.substr(0, path.size() - 2) : path;
        if (const std::string_view now = moved_to(path); !now.empty()) {
            row(path, key.flag, "works as `" + std::string(now) + "`");
        } else if (find_config_key(own) != nullptr) {
            row(path, key.flag, "works");
        } else if (path != own && has_keys_below(own)) {
            row(path, key.flag, "works as far as docs/configuration.md names its keys");
        } else if (const std::string why = refusal_text(path); !why.empty()) {
            row(path, key.flag, why);
        } else {
            const std::string_view reason = why_ignored(path);
            row(path, key.flag,
                "accepted with a warning" +
                    (reason.empty() ? std::string() : ": " + std::string(reason)));
        }
    }
    return out;
}

}  // namespace skald
