// SPDX-License-Identifier: Apache-2.0
#include "http_message.h"

#include <algorithm>
#include <array>

namespace skald::api {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 6> kMethods = {{
    {Method::kGet, "GET"},
    {Method::kHead, "HEAD"},
    {Method::kPost, "POST"},
    {Method::kPut, "PUT"},
    {Method::kDelete, "DELETE"},
    {Method::kOther, "OTHER"},
}};

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Method method_of(std::string_view text) noexcept {
    for (const auto& [method, name] : kMethods) {
        if (name == text) return method;
    }
    return Method::kOther;
}

std::string_view to_string(Method method) noexcept {
    for (const auto& [known, name] : kMethods) {
        if (known == method) return name;
    }
    return "OTHER";
}

void Headers::add(std::string_view name, std::string_view value) {
    Field field;
    field.name = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(name);
    field.value = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(value);
    field.end = static_cast<std::uint32_t>(bytes_.size());
    fields_.push_back(field);
}

std::string_view Headers::name_of(const Field& field) const noexcept {
    return std::string_view(bytes_).substr(field.name, field.value - field.name);
}

std::string_view Headers::value_of(const Field& field) const noexcept {
    return std::string_view(bytes_).substr(field.value, field.end - field.value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
    for (const Field& field : fields_) {
        if (equal_ignoring_case(name_of(field), name)) return value_of(field);
    }
    return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
    std::string list;
    for (const Field& field : fields_) {
        if (!equal_ignoring_case(name_of(field), name)) continue;
        if (!list.empty()) list += ", ";
        list += value_of(field);
    }
    return list;
}

bool Headers::contradicts(std::string_view name) const noexcept {
    const std::optional<std::string_view> first = find(name);
    return std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
        return equal_ignoring_case(name_of(field), name) && value_of(field) != first;
    });
}

HttpResponse path_not_found() {
    return plain_text(404, "404 page not found\n");
}

HttpResponse plain_text(int status, std::string body) {
    return HttpResponse{.status = status,
                        .content_type = "text/plain; charset=utf-8",
                        .body = std::move(body),
                        .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

HttpResponse json_answer(std::string body) {
    return HttpResponse{.status = 200,
                        .content_type = "application/json; charset=UTF-8",
                        .body = std::move(body),
                        .headers = {}};
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_blanks(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace skald::api
