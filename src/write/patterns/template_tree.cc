// SPDX-License-Identifier: Apache-2.0
#include "template_tree.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace skald::write {
namespace {

bool has_digit(std::string_view word) {
    return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<signed char>(c) < 0;
    });
}

/// The share of words that the two have in common.
double similarity(const std::vector<std::string>& words, const LineWords& line) {
    std::size_t common = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = line.words[i];
        if (words[i].empty()) {
            if (word.empty() || has_digit(word)) ++common;
        } else if (words[i] == word || (has_digit(word) && has_digit(words[i]))) {
            ++common;
        }
    }
    return static_cast<double>(common) / static_cast<double>(words.size());
}

bool fits(const std::vector<std::string>& words, const LineWords& line) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].empty() && words[i] != line.words[i]) return false;
    }
    return true;
}

}  // namespace

std::size_t LineTemplate::heap_bytes() const noexcept {
    std::size_t bytes = sizeof(LineTemplate) + words.capacity() * sizeof(std::string);
    for (const std::string& word : words) {
        if (word.capacity() > 15) bytes += word.capacity() + 1;
    }
    return bytes + counts.heap_bytes();
}

std::string TemplateGroup::pattern_of(const LineTemplate& found) const {
    std::string text = gaps.front();
    for (std::size_t i = 0; i < found.words.size(); ++i) {
        text += found.words[i].empty() ? std::string_view("<_>") : std::string_view(found.words[i]);
        text += gaps[i + 1];
    }
    if (has_tail) text += "<_>";
    return text;
}

bool TemplateGroup::says_something(const std::vector<std::string>& words) const {
    return std::any_of(words.begin(), words.end(),
                       [](const std::string& word) { return !word.empty(); }) ||
           std::any_of(gaps.begin(), gaps.end(), has_letter);
}

LineTemplate* TemplateTree::join(TemplateGroup& group, const LineWords& line) {
    LineTemplate* best = nullptr;
    double best_similarity = kSimilarityMin;
    for (LineTemplate& each : group.templates) {
        if (fits(each.words, line)) return &each;
        const double common = similarity(each.words, line);
        if (common < best_similarity) continue;
        best = &each;
        best_similarity = common;
    }
    if (best == nullptr) return nullptr;
    std::vector<std::string> merged = best->words;
    for (std::size_t i = 0; i < merged.size(); ++i) {
        if (merged[i] != line.words[i]) merged[i].clear();
    }
    if (!group.says_something(merged)) return nullptr;
    best->words = std::move(merged);
    return best;
}

bool TemplateTree::add(const LineWords& line, std::uint32_t slot, std::uint32_t lines,
                       bool may_grow) {
    auto group = groups_.find(line.shape);
    if (group != groups_.end()) {
        // Two shapes with one hash: the later one is not told apart, so it is left out.
        if (group->second.gaps.size() != line.gaps.size() ||
            !std::equal(line.gaps.begin(), line.gaps.end(), group->second.gaps.begin())) {
            return false;
        }
        if (LineTemplate* known = join(group->second, line)) {
            known->counts.add(slot, lines);
            return true;
        }
    }
    if (!may_grow) return false;
    if (group == groups_.end()) {
        group = groups_.try_emplace(line.shape).first;
        group->second.gaps.assign(line.gaps.begin(), line.gaps.end());
        group->second.has_tail = line.has_tail;
    }
    std::vector<std::string> words(line.words.begin(), line.words.end());
    if (!group->second.says_something(words)) return false;
    std::vector<LineTemplate>& templates = group->second.templates;
    if (templates.size() >= kGroupTemplatesMax) {
        templates.erase(std::min_element(templates.begin(), templates.end(),
                                         [](const LineTemplate& a, const LineTemplate& b) {
                                             return a.counts.newest() < b.counts.newest();
                                         }));
        --templates_;
    }
    templates.push_back({.words = std::move(words), .counts = {}});
    templates.back().counts.add(slot, lines);
    if (++templates_ > kTemplatesMax) drop_oldest();
    return true;
}

/// Drops an eighth at a time, so that the search for them is paid for rarely.
void TemplateTree::drop_oldest() {
    std::vector<std::uint32_t> newest;
    for (const auto& [shape, group] : groups_) {
        for (const LineTemplate& each : group.templates) newest.push_back(each.counts.newest());
    }
    const auto eighth = newest.begin() + static_cast<std::ptrdiff_t>(newest.size() / 8);
    std::nth_element(newest.begin(), eighth, newest.end());
    std::size_t to_drop = newest.size() / 8 + 1;
    for (auto& [shape, group] : groups_) {
        std::erase_if(group.templates, [&](const LineTemplate& each) {
            if (to_drop == 0 || each.counts.newest() > *eighth) return false;
            --to_drop;
            --templates_;
            return true;
        });
    }
    std::erase_if(groups_, [](const auto& each) { return each.second.templates.empty(); });
}

void TemplateTree::prune(std::uint32_t oldest) {
    templates_ = 0;
    for (auto& [shape, group] : groups_) {
        for (LineTemplate& each : group.templates) each.counts.prune(oldest);
        std::erase_if(group.templates,
                      [](const LineTemplate& each) { return each.counts.empty(); });
        templates_ += group.templates.size();
    }
    std::erase_if(groups_, [](const auto& each) { return each.second.templates.empty(); });
}

void TemplateTree::restore(std::uint64_t shape, TemplateGroup group) {
    templates_ += group.templates.size();
    groups_.insert_or_assign(shape, std::move(group));
}

std::size_t TemplateTree::heap_bytes() const noexcept {
    std::size_t bytes = 0;
    for (const auto& [shape, group] : groups_) {
        bytes += sizeof(TemplateGroup) + 64;
        for (const std::string& gap : group.gaps) bytes += sizeof(std::string) + gap.size();
        for (const LineTemplate& each : group.templates) bytes += each.heap_bytes();
    }
    return bytes;
}

}  // namespace skald::write
