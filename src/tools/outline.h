// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace skald::tools {

/// Named values below each other, to be shown to people or programs. Threading: single-owner.
class Outline {
public:
    void add(std::string_view name, std::string_view text);
    template <std::integral T>
    void add(std::string_view name, T number) {
        add_number(name, std::to_string(number));
    }
    /// An object below this one.
    Outline& child(std::string_view name);
    /// One more object of the list of that name.
    Outline& item(std::string_view list);

    std::string json() const;
    /// Indented lines, `name: value`.
    std::string text() const;

private:
    enum class Kind { kText, kNumber, kObject, kList };
    struct Member;

    void add_number(std::string_view name, std::string digits);
    void write_json(std::string& out) const;
    void write_text(std::string& out, std::size_t depth) const;

    std::deque<Member> members_;
};

struct Outline::Member {
    std::string name;
    Kind kind = Kind::kText;
    std::string value;
    std::deque<Outline> below;
};

}  // namespace skald::tools
