// SPDX-License-Identifier: Apache-2.0
#include "regex_tree.h"

#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <utility>

namespace skald::read {

namespace {

constexpr int kDepthMax = 50;
constexpr int kRepeatMax = 1000;
constexpr std::uint32_t kKelvin = 0x212A;  // Folds to k.
constexpr std::uint32_t kLongS = 0x17F;    // Folds to s.
constexpr std::uint32_t kReplacement = 0xFFFD;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

CharacterSet ascii_where(int (*accepts)(int)) {
    CharacterSet set;
    for (int c = 0; c < 128; ++c) set.ascii[static_cast<std::size_t>(c)] = accepts(c) != 0;
    return set;
}

void unite(CharacterSet& into, const CharacterSet& other) {
    into.ascii |= other.ascii;
    into.beyond |= other.beyond;
    into.exactly.clear();
}

CharacterSet complement(CharacterSet set) {
    set.ascii.flip();
    set.beyond = true;
    set.exactly.clear();
    return set;
}

/// Adds the other case of ASCII letters, and knows that K and ſ fold to k and s.
void fold(CharacterSet& set) {
    for (std::size_t upper = 'A'; upper <= 'Z'; ++upper) {
        const bool either = set.ascii[upper] || set.ascii[upper | 0x20];
        set.ascii[upper] = either;
        set.ascii[upper | 0x20] = either;
    }
    if (set.ascii['k'] || set.ascii['s']) {
        set.beyond = true;
        set.exactly.clear();
    }
}

void add_range(CharacterSet& set, std::uint32_t low, std::uint32_t high, bool folding) {
    for (std::uint32_t c = low; c <= std::min<std::uint32_t>(high, 127); ++c) set.ascii.set(c);
    if (high < 128) return;
    set.beyond = true;
    if (!folding) return;
    if (low <= kKelvin && kKelvin <= high) set.ascii.set('k');
    if (low <= kLongS && kLongS <= high) set.ascii.set('s');
}

class RegexReader {
public:
    explicit RegexReader(std::string_view pattern) : rest_(pattern) {}

    std::optional<RegexNode> read() {
        Flags flags;
        std::optional<RegexNode> node = alternation(flags, 0);
        if (!node || !rest_.empty()) return std::nullopt;
        return node;
    }

private:
    struct Flags {
        bool fold = false;
        bool dot_all = false;
    };

    bool accept(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    /// Up to the `)` that closes the group or the end. Flags set on the way last that long.
    std::optional<RegexNode> alternation(Flags flags, int depth) {
        if (depth > kDepthMax) return std::nullopt;
        RegexNode branches;
        branches.kind = RegexNode::Kind::kAlternate;
        do {
            std::optional<RegexNode> branch = concatenation(flags, depth);
            if (!branch) return std::nullopt;
            branches.children.push_back(*std::move(branch));
        } while (accept("|"));
        if (branches.children.size() == 1) return std::move(branches.children.front());
        return branches;
    }

    std::optional<RegexNode> concatenation(Flags& flags, int depth) {
        RegexNode whole;
        whole.kind = RegexNode::Kind::kConcat;
        while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
            if (accept("\\Q")) {
                const std::size_t end = std::min(rest_.find("\\E"), rest_.size());
                std::string_view quoted = rest_.substr(0, end);
                rest_.remove_prefix(end);
                static_cast<void>(accept("\\E"));
                while (!quoted.empty()) {
                    const std::size_t length = utf8_length(quoted, 0);
                    if (length == 0) return std::nullopt;
                    whole.children.push_back(literal(utf8_code_point(quoted, 0), flags));
                    quoted.remove_prefix(length);
                }
                if (repetition_follows()) return std::nullopt;
                continue;
            }
            if (rest_.starts_with("(?") && !group_follows()) {
                if (!read_flags(flags) || repetition_follows()) return std::nullopt;
                continue;
            }
            std::optional<RegexNode> atom = this->atom(flags, depth);
            if (!atom || !repetitions(*atom)) return std::nullopt;
            whole.children.push_back(*std::move(atom));
        }
        if (whole.children.size() == 1) return std::move(whole.children.front());
        return whole;
    }

    /// Behind a quotation it would belong to the last of its characters, and behind flags to what
    /// comes before them.
    bool repetition_follows() const {
        return !rest_.empty() &&
               std::string_view("*+?{").find(rest_.front()) != std::string_view::npos;
    }

    /// Whether `(?` starts a group, and not flags for the rest of this one.
    bool group_follows() const {
        const std::size_t end = rest_.find_first_of(":)<");
        return end == std::string_view::npos || rest_[end] != ')';
    }

    /// `(?ims-U)`.
    bool read_flags(Flags& flags) {
        rest_.remove_prefix(2);
        const std::size_t end = rest_.find(')');
        if (end == std::string_view::npos || !apply(rest_.substr(0, end), flags)) return false;
        rest_.remove_prefix(end + 1);
        return true;
    }

    static bool apply(std::string_view letters, Flags& flags) {
        bool value = true;
        for (const char c : letters) {
            switch (c) {
                case '-': value = false; break;
                case 'i': flags.fold = value; break;
                case 's': flags.dot_all = value; break;
                case 'm':
                case 'U': break;
                default: return false;
            }
        }
        return true;
    }

    std::optional<RegexNode> atom(const Flags& flags, int depth) {
        using Kind = RegexNode::Kind;
        RegexNode node;
        if (rest_.front() == '(') return group(flags, depth);
        if (rest_.front() == '[') return character_class(flags);
        if (rest_.front() == '\\') return escape(flags);
        if (accept("^")) {
            node.kind = Kind::kBegin;
            return node;
        }
        if (accept("$")) {
            node.kind = Kind::kEnd;
            return node;
        }
        if (accept(".")) {
            node.kind = Kind::kCharacter;
            node.set = complement({});
            node.set.dot = true;
            node.set.ascii.set('\n', flags.dot_all);
            return node;
        }
        const std::size_t length = utf8_length(rest_, 0);
        if (length == 0) return std::nullopt;
        node = literal(utf8_code_point(rest_, 0), flags);
        rest_.remove_prefix(length);
        return node;
    }

    std::optional<RegexNode> group(Flags flags, int depth) {
        rest_.remove_prefix(1);
        if (accept("?")) {
            if (accept("P<") || accept("<")) {
                const std::size_t end = rest_.find('>');
                if (end == std::string_view::npos) return std::nullopt;
                rest_.remove_prefix(end + 1);
            } else {
                const std::size_t end = rest_.find(':');
                if (end == std::string_view::npos || !apply(rest_.substr(0, end), flags)) {
                    return std::nullopt;
                }
                rest_.remove_prefix(end + 1);
            }
        }
        std::optional<RegexNode> inner = alternation(flags, depth + 1);
        if (!inner || !accept(")")) return std::nullopt;
        return inner;
    }

    static RegexNode literal(std::uint32_t c, const Flags& flags) {
        RegexNode node;
        node.kind = RegexNode::Kind::kCharacter;
        add_range(node.set, c, c, flags.fold);
        if (c >= 128 && !flags.fold && c != kReplacement) append_utf8(node.set.exactly, c);
        if (flags.fold) fold(node.set);
        return node;
    }

    /// Any `* + ? {n,m}` behind an atom.
    bool repetitions(RegexNode& atom) {
        for (;;) {
            int min = 0;
            int max = RegexNode::kUnbounded;
            if (accept("*")) {
            } else if (accept("+")) {
                min = 1;
            } else if (accept("?")) {
                max = 1;
            } else if (!counted(min, max)) {
                return true;
            }
            static_cast<void>(accept("?"));
            if (has_assertion(atom) || min > kRepeatMax || max > kRepeatMax) return false;
            RegexNode repeat;
            repeat.kind = RegexNode::Kind::kRepeat;
            repeat.min = min;
            repeat.max = max;
            repeat.children.push_back(std::move(atom));
            atom = std::move(repeat);
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else is text.
    bool counted(int& min, int& max) {
        if (rest_.empty() || rest_.front() != '{') return false;
        std::size_t place = 1;
        const auto number = [&](int& value) {
            const std::size_t begin = place;
            value = 0;
            for (; place < rest_.size() && is_digit(rest_[place]) && value <= kRepeatMax; ++place) {
                value = value * 10 + (rest_[place] - '0');
            }
            return place > begin;
        };
        if (!number(min)) return false;
        max = min;
        if (place < rest_.size() && rest_[place] == ',') {
            ++place;
            if (!number(max)) max = RegexNode::kUnbounded;
        }
        if (place >= rest_.size() || rest_[place] != '}') return false;
        rest_.remove_prefix(place + 1);
        return true;
    }

    std::optional<RegexNode> escape(const Flags& flags) {
        using Kind = RegexNode::Kind;
        if (rest_.size() < 2) return std::nullopt;
        RegexNode node;
        const auto assertion = [&](Kind kind) {
            rest_.remove_prefix(2);
            node.kind = kind;
            return node;
        };
        switch (rest_[1]) {
            case 'A': return assertion(Kind::kBegin);
            case 'z': return assertion(Kind::kEnd);
            case 'b': return assertion(Kind::kWordBoundary);
            case 'B': return assertion(Kind::kNotWordBoundary);
            default: break;
        }
        if (std::optional<CharacterSet> perl = perl_class(flags)) {
            node.kind = Kind::kCharacter;
            node.set = *std::move(perl);
            return node;
        }
        const std::optional<std::uint32_t> c = escaped_character();
        if (!c) return std::nullopt;
        return literal(*c, flags);
    }

    /// `\d` and its like at the start of the rest.
    std::optional<CharacterSet> perl_class(const Flags& flags) {
        if (rest_.size() < 2 || rest_[0] != '\\') return std::nullopt;
        CharacterSet set;
        switch (rest_[1] | 0x20) {
            case 'd': set = ascii_where(std::isdigit); break;
            case 'w':
                set = ascii_where(std::isalnum);
                set.ascii.set('_');
                break;
            case 's':
                for (const char c : {'\t', '\n', '\f', '\r', ' '}) {
                    set.ascii.set(static_cast<std::size_t>(c));
                }
                break;
            default: return std::nullopt;
        }
        if (flags.fold) fold(set);
        const bool negated = std::isupper(static_cast<unsigned char>(rest_[1])) != 0;
        rest_.remove_prefix(2);
        return negated ? complement(set) : set;
    }

    /// The character of an escape such as `\n`, `\x41`, `\.`; nothing for what is left to RE2.
    std::optional<std::uint32_t> escaped_character() {
        static constexpr std::string_view kLetters = "aftnrv";
        static constexpr std::string_view kMeanings = "\a\f\t\n\r\v";
        if (rest_.size() < 2) return std::nullopt;
        const char c = rest_[1];
        rest_.remove_prefix(2);
        if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
            return static_cast<std::uint32_t>(kMeanings[letter]);
        }
        if (c == 'x') return hexadecimal();
        if (c >= '0' && c <= '7') return octal(c);
        const bool punctuation = static_cast<unsigned char>(c) < 0x80 &&
                                 std::isalnum(static_cast<unsigned char>(c)) == 0;
        if (!punctuation) return std::nullopt;
        return static_cast<std::uint32_t>(c);
    }

    std::optional<std::uint32_t> hexadecimal() {
        const bool braces = accept("{");
        const std::size_t end = braces ? rest_.find('}') : 2;
        if (end == std::string_view::npos || end == 0 || end > 8 || end > rest_.size()) {
            return std::nullopt;
        }
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < end; ++i) {
            const char c = rest_[i];
            if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
            const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
            value = value * 16 + static_cast<std::uint32_t>(digit);
        }
        rest_.remove_prefix(braces ? end + 1 : end);
        return value;
    }

    std::optional<std::uint32_t> octal(char first) {
        const auto follows = [&] { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '7'; };
        // A single digit but 0 would be a reference to a group.
        if (first != '0' && !follows()) return std::nullopt;
        auto value = static_cast<std::uint32_t>(first - '0');
        for (int i = 0; i < 2 && follows(); ++i) {
            value = value * 8 + static_cast<std::uint32_t>(take() - '0');
        }
        return value;
    }

    std::optional<RegexNode> character_class(const Flags& flags) {
        rest_.remove_prefix(1);
        const bool negated = accept("^");
        CharacterSet set;
        for (bool first = true; first || rest_.empty() || rest_.front() != ']'; first = false) {
            if (rest_.empty()) return std::nullopt;
            if (rest_.starts_with("[:")) {
                if (!posix_class(set, flags)) return std::nullopt;
                continue;
            }
            if (std::optional<CharacterSet> perl = perl_class(flags)) {
                unite(set, *perl);
                continue;
            }
            const std::optional<std::uint32_t> low = class_character();
            if (!low) return std::nullopt;
            std::optional<std::uint32_t> high = low;
            if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
                rest_.remove_prefix(1);
                high = class_character();
                if (!high || *high < *low) return std::nullopt;
            }
            add_range(set, *low, *high, flags.fold);
        }
        rest_.remove_prefix(1);
        if (flags.fold) fold(set);
        RegexNode node;
        node.kind = RegexNode::Kind::kCharacter;
        node.set = negated ? complement(set) : set;
        return node;
    }

    std::optional<std::uint32_t> class_character() {
        if (rest_.empty()) return std::nullopt;
        if (rest_.front() == '\\') return escaped_character();
        const std::size_t length = utf8_length(rest_, 0);
        if (length == 0) return std::nullopt;
        const std::uint32_t c = utf8_code_point(rest_, 0);
        rest_.remove_prefix(length);
        return c;
    }

    /// `[:alpha:]`, `[:^alpha:]`.
    bool posix_class(CharacterSet& set, const Flags& flags) {
        using Test = int (*)(int);
        static constexpr std::pair<std::string_view, Test> kClasses[] = {
            {"alnum:]", std::isalnum}, {"alpha:]", std::isalpha}, {"blank:]", std::isblank},
            {"cntrl:]", std::iscntrl}, {"digit:]", std::isdigit}, {"graph:]", std::isgraph},
            {"lower:]", std::islower}, {"print:]", std::isprint}, {"punct:]", std::ispunct},
            {"space:]", std::isspace}, {"upper:]", std::isupper}, {"xdigit:]", std::isxdigit},
        };
        rest_.remove_prefix(2);
        const bool negated = accept("^");
        for (const auto& [name, test] : kClasses) {
            if (!accept(name)) continue;
            CharacterSet members = ascii_where(test);
            if (flags.fold) fold(members);
            unite(set, negated ? complement(members) : members);
            return true;
        }
        return false;
    }

    std::string_view rest_;
};

}  // namespace

std::optional<RegexNode> parse_regex(std::string_view pattern) {
    return RegexReader(pattern).read();
}

std::size_t min_width(const RegexNode& node) {
    using Kind = RegexNode::Kind;
    std::size_t width = 0;
    switch (node.kind) {
        case Kind::kCharacter: return 1;
        case Kind::kConcat:
            for (const RegexNode& child : node.children) width += min_width(child);
            return width;
        case Kind::kAlternate:
            width = min_width(node.children.front());
            for (const RegexNode& child : node.children) width = std::min(width, min_width(child));
            return width;
        case Kind::kRepeat:
            return static_cast<std::size_t>(node.min) * min_width(node.children.front());
        default: return 0;
    }
}

bool has_assertion(const RegexNode& node) {
    using Kind = RegexNode::Kind;
    if (node.kind == Kind::kBegin || node.kind == Kind::kEnd || node.kind == Kind::kWordBoundary ||
        node.kind == Kind::kNotWordBoundary) {
        return true;
    }
    return std::any_of(node.children.begin(), node.children.end(), has_assertion);
}

bool may_match_replacement(const RegexNode& node) {
    if (node.kind == RegexNode::Kind::kCharacter)
        return node.set.beyond && node.set.exactly.empty();
    return std::any_of(node.children.begin(), node.children.end(), may_match_replacement);
}

}  // namespace skald::read
