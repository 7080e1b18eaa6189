// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "line_words.h"
#include "slot_counts.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::write {

/// A log template: a shape whose words are given or captures, and when its lines came.
struct LineTemplate {
    std::vector<std::string> words;  ///< Empty: a capture.
    SlotCounts counts;

    std::size_t heap_bytes() const noexcept;
};

/// Lines with the same text between their words, and the templates found among them.
struct TemplateGroup {
    std::vector<std::string> gaps;
    bool has_tail = false;
    std::vector<LineTemplate> templates;

    /// The pattern filter of a template: `level=<_> msg=done`.
    std::string pattern_of(const LineTemplate& found) const;
    /// True if a template of these words would say more than blanks and punctuation.
    bool says_something(const std::vector<std::string>& words) const;
};

/// Finds templates in lines, one after the other, after Drain (P. He, J. Zhu, Z. Zheng, M. R. Lyu:
/// Drain: An Online Log Parsing Approach with Fixed Depth Tree, ICWS 2017). The tree has one level,
/// the shape, which tells more than Drain's number of words; below it a line joins the template
/// that has most words in common, or starts one. A word that differs becomes a capture. Words with
/// digits are taken for values: two of them count as in common.
///
/// Memory is bounded: kTemplatesMax templates, those that have not been seen for longest go.
/// Threading: single-owner.
class TemplateTree {
public:
    static constexpr std::size_t kTemplatesMax = 300;
    static constexpr std::size_t kGroupTemplatesMax = 32;
    static constexpr double kSimilarityMin = 0.4;

    /// Counts a line. With `may_grow` false a line that fits no template is not counted.
    /// Returns false if it was not.
    bool add(const LineWords& line, std::uint32_t slot, std::uint32_t lines, bool may_grow);
    void prune(std::uint32_t oldest);

    const std::unordered_map<std::uint64_t, TemplateGroup>& groups() const noexcept {
        return groups_;
    }
    /// Puts back what was saved. The shape is that of LineWords.
    void restore(std::uint64_t shape, TemplateGroup group);
    bool empty() const noexcept { return templates_ == 0; }
    std::size_t size() const noexcept { return templates_; }
    std::size_t heap_bytes() const noexcept;

private:
    LineTemplate* join(TemplateGroup& group, const LineWords& line);
    void drop_oldest();

    std::unordered_map<std::uint64_t, TemplateGroup> groups_;
    std::size_t templates_ = 0;
};

}  // namespace skald::write
