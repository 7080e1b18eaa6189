// SPDX-License-Identifier: Apache-2.0
#include "regex_plan.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

namespace skald::read {

namespace {

using Kind = RegexNode::Kind;
using Needles = std::vector<Needle>;

constexpr std::size_t kNeedlesMax = 8;
constexpr std::size_t kNeedleBytesMax = 256;
/// A prefilter of one byte would stop at every line.
constexpr std::size_t kNeedleBytesMin = 2;
/// Places of a pattern with its counted repetitions written out. Hyperscan compiles hundreds in
/// some milliseconds, thousands in seconds.
constexpr std::size_t kScanPlacesMax = 500;

bool is_letter(std::size_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// The texts of one character; nothing if there are more than a few.
std::optional<Needles> spellings(const CharacterSet& set) {
    Needles out;
    if (!set.exactly.empty() && set.ascii.none()) return Needles{Needle::exact(set.exactly)};
    const std::size_t count = set.ascii.count();
    if (count == 0 || count > 3) return std::nullopt;
    std::vector<std::size_t> members;
    for (std::size_t c = 0; c < 128; ++c) {
        if (set.ascii[c]) members.push_back(c);
    }
    const bool both_cases =
        count == 2 && is_letter(members[0]) && (members[0] | 0x20) == members[1];
    if (both_cases) {
        const char lower = static_cast<char>(members[1]);
        const bool more = set.beyond && (lower == 'k' || lower == 's');
        if (set.beyond && !more) return std::nullopt;
        return Needles{{std::string(1, lower), std::string(1, '\x20'), more}};
    }
    if (set.beyond) return std::nullopt;
    for (const std::size_t c : members) {
        const char byte = static_cast<char>(c);
        out.push_back(Needle::exact({&byte, 1}));
    }
    return out;
}

/// Each of `heads` followed by each of `tails`; nothing if that is too much.
std::optional<Needles> product(const Needles& heads, const Needles& tails) {
    if (heads.size() * tails.size() > kNeedlesMax) return std::nullopt;
    Needles out;
    for (const Needle& head : heads) {
        for (const Needle& tail : tails) {
            out.push_back({head.bytes + tail.bytes, head.folds + tail.folds,
                           head.more_beyond_ascii || tail.more_beyond_ascii});
            if (out.back().bytes.size() > kNeedleBytesMax) return std::nullopt;
        }
    }
    return out;
}

/// All texts that the node matches, if they are few.
std::optional<Needles> language(const RegexNode& node) {
    Needles out;
    switch (node.kind) {
        case Kind::kEmpty: return Needles{Needle{}};
        case Kind::kCharacter: return spellings(node.set);
        case Kind::kConcat: {
            out.emplace_back();
            for (const RegexNode& child : node.children) {
                const std::optional<Needles> tails = language(child);
                if (!tails) return std::nullopt;
                std::optional<Needles> joined = product(out, *tails);
                if (!joined) return std::nullopt;
                out = *std::move(joined);
            }
            return out;
        }
        case Kind::kAlternate:
            for (const RegexNode& child : node.children) {
                const std::optional<Needles> branch = language(child);
                if (!branch || out.size() + branch->size() > kNeedlesMax) return std::nullopt;
                out.insert(out.end(), branch->begin(), branch->end());
            }
            return out;
        case Kind::kRepeat: {
            if (node.max == RegexNode::kUnbounded || node.max > 16) return std::nullopt;
            const std::optional<Needles> once = language(node.children.front());
            if (!once) return std::nullopt;
            Needles sofar{Needle{}};
            for (int count = 0; count <= node.max; ++count) {
                if (count >= node.min) out.insert(out.end(), sofar.begin(), sofar.end());
                if (out.size() > kNeedlesMax) return std::nullopt;
                if (count == node.max) break;
                std::optional<Needles> longer = product(sofar, *once);
                if (!longer) return std::nullopt;
                sofar = *std::move(longer);
            }
            return out;
        }
        default: return std::nullopt;
    }
}

std::size_t shortest(const Needles& needles) {
    std::size_t size = kNeedleBytesMax + 1;
    for (const Needle& needle : needles) size = std::min(size, needle.bytes.size());
    return needles.empty() ? 0 : size;
}

/// Longer needles stop a search less often, fewer of them cost fewer passes.
bool better(const Needles& a, const Needles& b) {
    const auto worth = [](const Needles& needles) {
        return static_cast<int>(std::min<std::size_t>(shortest(needles), 12) * 2) -
               static_cast<int>(needles.size());
    };
    return b.empty() || (!a.empty() && worth(a) > worth(b));
}

/// Texts of which every match contains one; empty if none are known.
Needles required(const RegexNode& node) {
    if (std::optional<Needles> all = language(node)) {
        return shortest(*all) > 0 ? *std::move(all) : Needles{};
    }
    Needles best;
    switch (node.kind) {
        case Kind::kConcat: {
            Needles run{Needle{}};
            const auto finish_run = [&] {
                if (shortest(run) > 0 && better(run, best)) best = run;
                run.assign(1, Needle{});
            };
            for (const RegexNode& child : node.children) {
                const std::optional<Needles> texts = language(child);
                std::optional<Needles> longer = texts ? product(run, *texts) : std::nullopt;
                if (longer && longer->size() <= 4) {
                    run = *std::move(longer);
                    continue;
                }
                finish_run();
                if (texts && texts->size() <= 4) run = *texts;
                Needles inner = required(child);
                if (better(inner, best)) best = std::move(inner);
            }
            finish_run();
            return best;
        }
        case Kind::kAlternate:
            for (const RegexNode& child : node.children) {
                const Needles branch = required(child);
                if (branch.empty() || best.size() + branch.size() > kNeedlesMax) return {};
                best.insert(best.end(), branch.begin(), branch.end());
            }
            return best;
        case Kind::kRepeat: return node.min > 0 ? required(node.children.front()) : Needles{};
        default: return {};
    }
}

/// Drops needles that contain another one: where they are, that one is.
void drop_redundant(Needles& needles) {
    const auto contains = [](const Needle& outer, const Needle& inner) {
        for (std::size_t at = outer.bytes.find(inner.bytes); at != std::string::npos;
             at = outer.bytes.find(inner.bytes, at + 1)) {
            if (outer.folds.compare(at, inner.folds.size(), inner.folds) == 0) return true;
        }
        return false;
    };
    Needles kept;
    for (std::size_t i = 0; i < needles.size(); ++i) {
        bool redundant = false;
        for (std::size_t j = 0; j < needles.size() && !redundant; ++j) {
            const bool same =
                needles[i].bytes == needles[j].bytes && needles[i].folds == needles[j].folds;
            redundant = i != j && (same ? j < i : contains(needles[i], needles[j]));
            // Of the outer one only more is known to match in other letters.
            redundant =
                redundant && (needles[j].more_beyond_ascii || !needles[i].more_beyond_ascii);
        }
        if (!redundant) kept.push_back(needles[i]);
    }
    needles = std::move(kept);
}

/// Characters of the pattern, those past ASCII as up to four bytes; capped a little past the limit.
std::size_t places(const RegexNode& node) {
    std::size_t count = 0;
    switch (node.kind) {
        case Kind::kCharacter: return node.set.beyond ? 5 : 1;
        case Kind::kRepeat:
            count = places(node.children.front()) *
                    static_cast<std::size_t>(std::max({node.min, node.max, 1}));
            break;
        default:
            for (const RegexNode& child : node.children) {
                count = std::min(count + places(child), kScanPlacesMax + 1);
            }
    }
    return std::min(count, kScanPlacesMax + 1);
}

/// Writes the tree in Hyperscan's syntax, in bytes.
class ScanPatternWriter {
public:
    /// Empty if the tree cannot be written.
    static std::string write(const RegexNode& node) {
        ScanPatternWriter writer;
        if (places(node) > kScanPlacesMax || !writer.put(node)) return {};
        return std::move(writer.out_);
    }

private:
    bool put(const RegexNode& node) {
        switch (node.kind) {
            case Kind::kEmpty: return true;
            case Kind::kCharacter: return put_set(node.set);
            case Kind::kConcat:
                return std::all_of(node.children.begin(), node.children.end(),
                                   [&](const RegexNode& child) { return put(child); });
            case Kind::kAlternate: {
                std::string_view separator = "(?:";
                for (const RegexNode& child : node.children) {
                    out_ += separator;
                    if (!put(child)) return false;
                    separator = "|";
                }
                out_.push_back(')');
                return true;
            }
            case Kind::kRepeat: return put_repeat(node);
            case Kind::kBegin: out_.push_back('^'); return true;
            case Kind::kEnd: out_.push_back('$'); return true;
            case Kind::kWordBoundary: out_ += "\\b"; return true;
            case Kind::kNotWordBoundary: out_ += "\\B"; return true;
        }
        return false;
    }

    void put_byte(std::size_t byte) {
        char text[8];
        std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(byte & 0xFF));
        out_ += text;
    }

    /// The ranges of the ASCII part, as the inside of a class.
    void put_ranges(const std::bitset<128>& members) {
        for (std::size_t low = 0; low < 128; ++low) {
            if (!members[low]) continue;
            std::size_t high = low;
            while (high + 1 < 128 && members[high + 1]) ++high;
            put_byte(low);
            if (high > low) {
                out_.push_back('-');
                put_byte(high);
            }
            low = high;
        }
    }

    bool put_set(const CharacterSet& set) {
        // Without '\n' no match can reach into the next line.
        std::bitset<128> members = set.ascii;
        members.reset('\n');
        if (members.none() && !set.beyond) return false;
        if (!set.beyond) {
            if (members.count() > 1) out_.push_back('[');
            put_ranges(members);
            if (members.count() > 1) out_.push_back(']');
            return true;
        }
        out_ += "(?:";
        if (members.any()) {
            out_.push_back('[');
            put_ranges(members);
            out_ += "]|";
        }
        if (set.exactly.empty()) {
            out_ += "[\\x80-\\xff]{1,4}";
        } else {
            for (const char c : set.exactly) put_byte(static_cast<unsigned char>(c));
        }
        out_.push_back(')');
        return true;
    }

    bool put_repeat(const RegexNode& node) {
        const RegexNode& child = node.children.front();
        const bool counted = node.min > 1 || node.max > 1;
        const CharacterSet& set = child.set;
        const bool flat = child.kind == Kind::kCharacter && set.beyond && set.exactly.empty();
        if (flat && !counted && node.max == RegexNode::kUnbounded) {
            // Any run of such characters is any run of their bytes.
            std::bitset<128> members = set.ascii;
            members.reset('\n');
            out_.push_back('[');
            put_ranges(members);
            out_ += "\\x80-\\xff]";
        } else {
            out_ += "(?:";
            if (!put(child)) return false;
            out_.push_back(')');
        }
        if (node.max == RegexNode::kUnbounded && node.min <= 1) {
            out_.push_back(node.min == 0 ? '*' : '+');
            return true;
        }
        out_ += "{" + std::to_string(node.min) + ",";
        if (node.max != RegexNode::kUnbounded) out_ += std::to_string(node.max);
        out_.push_back('}');
        return true;
    }

    std::string out_;
};

/// More than the fewest repetitions at either end of a pattern never decide whether it matches:
/// `.*a.+` finds what `a.` finds, and reports it once.
void trim_ends(RegexNode& node) {
    const auto shorten = [](RegexNode& child) { child.max = child.min; };
    if (node.kind == Kind::kConcat) {
        std::vector<RegexNode>& children = node.children;
        const auto idle = [](const RegexNode& child) {
            return child.kind == Kind::kRepeat && child.min == 0;
        };
        while (!children.empty() && idle(children.front())) children.erase(children.begin());
        while (!children.empty() && idle(children.back())) children.pop_back();
        if (children.empty()) return;
        if (children.front().kind == Kind::kRepeat) shorten(children.front());
        if (children.back().kind == Kind::kRepeat) shorten(children.back());
    } else if (node.kind == Kind::kRepeat) {
        shorten(node);
        if (node.max == 0) node = RegexNode{};
    }
}

/// `.` or `.+`, and not with the flag that lets it match '\n'.
bool is_any_character(const RegexNode& node) {
    if (node.kind == Kind::kCharacter) return node.set.dot && !node.set.ascii['\n'];
    const bool wrapped = (node.kind == Kind::kRepeat && node.min == 1) ||
                         (node.kind == Kind::kConcat && node.children.size() == 1);
    return wrapped && is_any_character(node.children.front());
}

}  // namespace

RegexPlan plan_regex(std::string_view pattern) {
    RegexPlan plan;
    std::optional<RegexNode> tree = parse_regex(pattern);
    if (!tree) return plan;
    trim_ends(*tree);
    plan.wide = may_match_replacement(*tree);
    if (min_width(*tree) == 0) {
        plan.matches_all = !has_assertion(*tree);
        return plan;
    }
    plan.matches_any_character = is_any_character(*tree);
    plan.needles_suffice = language(*tree).has_value();
    plan.needles = required(*tree);
    drop_redundant(plan.needles);
    if (!plan.needles_suffice && shortest(plan.needles) < kNeedleBytesMin) plan.needles.clear();
    plan.scan_pattern = ScanPatternWriter::write(*tree);
    return plan;
}

}  // namespace skald::read
