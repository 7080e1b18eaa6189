// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// A line as words, which may vary, and the text between them, which makes its shape.
///
/// The cut is such that a template of it, with any of the words replaced by `<_>`, is a valid
/// pattern filter that matches the line: no two captures touch, none is empty, and the text after a
/// word is not found earlier than where the word ends (logql 3.1 searches each literal from the
/// left and never goes back).
/// Views are into the line. Threading: single-owner; reused from line to line.
struct LineWords {
    static constexpr std::size_t kWordsMax = 64;
    static constexpr std::size_t kBytesMax = 4096;  ///< What follows becomes one capture.

    std::vector<std::string_view> words;  ///< Without data: never more than a capture.
    std::vector<std::string_view> gaps;   ///< words.size() + 1 of them.
    bool has_tail = false;                ///< More text follows the last gap.
    std::uint64_t shape = 0;              ///< Hash of gaps and has_tail.

    /// False if the line makes no template: blank, not UTF-8, or text that a pattern cannot name.
    /// `message_keys`: the members of a JSON line whose texts are messages: their words vary one by
    /// one.
    bool cut(std::string_view line, std::span<const std::string> message_keys);

private:
    bool cut_text(std::string_view line);
    bool cut_json(std::string_view line, std::span<const std::string> message_keys);
    void add_word(std::string_view line, std::size_t begin, std::size_t end);
    void add_text_word(std::string_view line, std::size_t begin, std::size_t end);
    bool add_json_text(std::string_view line, std::size_t begin, std::size_t end, bool is_message);
    bool finish(std::string_view line);

    std::size_t done_ = 0;  ///< Up to here the line is in words and gaps.
};

}  // namespace skald::write
