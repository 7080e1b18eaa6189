// SPDX-License-Identifier: Apache-2.0
#include "template_functions.h"
#include "template_json.h"
#include "template_text.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/letter_case.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <string>
#include <utility>

namespace skald::read {

namespace {

using Call = TemplateCall;

template <std::string (*Map)(std::string_view)>
bool map_text(Call& call) {
    return call.give_text(Map(call.text(0)));
}

/// Of the argument `Text` without the characters of the argument `Cutset`.
template <std::size_t Text, std::size_t Cutset, bool Left, bool Right>
bool cut(Call& call) {
    return call.give_view(trim_characters(call.text(Text), call.text(Cutset), Left, Right));
}

template <std::size_t Text, std::size_t Prefix>
bool cut_prefix(Call& call) {
    std::string_view text = call.text(Text);
    if (text.starts_with(call.text(Prefix))) text.remove_prefix(call.text(Prefix).size());
    return call.give_view(text);
}

template <std::size_t Text, std::size_t Suffix>
bool cut_suffix(Call& call) {
    std::string_view text = call.text(Text);
    if (text.ends_with(call.text(Suffix))) text.remove_suffix(call.text(Suffix).size());
    return call.give_view(text);
}

bool call_trim_space(Call& call) {
    return call.give_view(trim_space(call.text(0)));
}

bool call_contains(Call& call) {
    return call.give(Value::of(call.text(1).find(call.text(0)) != std::string_view::npos));
}
bool call_has_prefix(Call& call) {
    return call.give(Value::of(call.text(1).starts_with(call.text(0))));
}
bool call_has_suffix(Call& call) {
    return call.give(Value::of(call.text(1).ends_with(call.text(0))));
}

bool call_replace_some(Call& call) {
    return call.give_text(
        replace_text(call.text(0), call.text(1), call.text(2), call.whole(3), kTemplateTextMax));
}
bool call_replace(Call& call) {
    return call.give_text(
        replace_text(call.text(2), call.text(0), call.text(1), -1, kTemplateTextMax));
}

bool call_trunc(Call& call) {
    const std::string_view text = call.text(1);
    const auto size = static_cast<std::int64_t>(text.size());
    const std::int64_t count = call.whole(0);
    if (count >= 0)
        return call.give_view(text.substr(0, static_cast<std::size_t>(std::min(count, size))));
    if (count <= -size) return call.give_view(text);
    return call.give_view(text.substr(static_cast<std::size_t>(size + count)));
}

bool call_substr(Call& call) {
    const std::int64_t start = call.whole(0);
    const std::int64_t end = call.whole(1);
    const std::string_view text = call.text(2);
    const auto size = static_cast<std::int64_t>(text.size());
    const auto out_of_range = [&](const std::string& bounds) {
        return call.fail("runtime error: slice bounds out of range " + bounds);
    };
    const auto part = [&](std::int64_t from, std::int64_t to) {
        return call.give_view(
            text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
    };
    if (start < 0) {
        if (end < 0) return out_of_range("[:" + std::to_string(end) + "]");
        if (end > size) {
            return out_of_range("[:" + std::to_string(end) + "] with length " +
                                std::to_string(size));
        }
        return part(0, end);
    }
    const std::int64_t stop = end < 0 || end > size ? size : end;
    if (start > stop) {
        return out_of_range("[" + std::to_string(start) + ":" + std::to_string(stop) + "]");
    }
    return part(start, stop);
}

bool call_repeat(Call& call) {
    const std::string_view text = call.text(1);
    if (call.whole(0) < 0) return call.fail("strings: negative Repeat count");
    const auto count = static_cast<std::uint64_t>(call.whole(0));
    if (!text.empty() && count > kTemplateTextMax / text.size()) return call.fail("text too long");
    std::string out;
    if (text.empty()) return call.give_text(std::move(out));
    out.reserve(count * text.size());
    for (std::uint64_t i = 0; i < count; ++i) out.append(text);
    return call.give_text(std::move(out));
}

bool indent(Call& call, std::string_view before) {
    if (call.whole(0) < 0) return call.fail("strings: negative Repeat count");
    Result<std::string> text =
        indent_text(call.text(1), static_cast<std::size_t>(call.whole(0)), kTemplateTextMax);
    if (text) text->insert(0, before);
    return call.give_text(std::move(text));
}
bool call_indent(Call& call) {
    return indent(call, "");
}
bool call_nindent(Call& call) {
    return indent(call, "\n");
}

template <bool Right>
bool align(Call& call) {
    if (call.whole(0) < 0) return call.give_view(call.text(1));
    if (call.whole(0) > static_cast<std::int64_t>(kTemplateTextMax))
        return call.fail("text too long");
    return call.give_text(align_text(call.text(1), static_cast<std::size_t>(call.whole(0)), Right));
}

/// Calls `use` with the compiled first argument.
template <class Use>
bool with_regex(Call& call, Use use) {
    if (call.regex != nullptr) return use(*call.regex);
    const auto compiled = call.context.regexes.find(call.text(0));
    if (!compiled) return call.fail(compiled.error().message);
    return use(**compiled);
}

template <bool Literal>
bool replace_regex(Call& call) {
    return with_regex(call, [&](const re2::RE2& regex) {
        return call.give_text(replace_matches(regex, call.text(1), call.text(2), Literal,
                                              kTemplateTextMax, call.context.effort));
    });
}
bool call_count(Call& call) {
    return with_regex(call, [&](const re2::RE2& regex) {
        const Result<std::int64_t> count = count_matches(regex, call.text(1), call.context.effort);
        return count ? call.give(Value::of_int(*count)) : call.fail(count.error().message);
    });
}

bool call_urldecode(Call& call) {
    return call.give_text(unescape_query(call.text(0)));
}
/// What can't be decoded gives the message as its value.
bool call_b64dec(Call& call) {
    Result<std::string> decoded = decode_base64(call.text(0));
    if (!decoded) return call.give_text(std::move(decoded).error().message);
    return call.give_text(*std::move(decoded));
}

bool call_from_json(Call& call) {
    return call.give(parse_json_value(call.text(0), call.context.arena).value_or(Value::nil()));
}

/// The second if it is there and not empty, else the first. Times are never empty.
bool call_default(Call& call) {
    const auto values = call.arguments;
    return call.give(values.size() > 1 && is_true(values[1], call.context.labels) ? values[1]
                                                                                  : values[0]);
}

bool call_bytes(Call& call) {
    const Result<std::uint64_t> bytes = parse_humanized_bytes(call.text(0));
    if (!bytes) return call.fail(bytes.error().message);
    return call.give(Value::of(static_cast<double>(*bytes)));
}
bool call_duration(Call& call) {
    const Result<DurationNs> duration = parse_go_duration(call.text(0));
    if (!duration) return call.fail(duration.error().message);
    const std::int64_t seconds = *duration / 1'000'000'000;
    const std::int64_t rest = *duration % 1'000'000'000;
    return call.give(Value::of(static_cast<double>(seconds) + static_cast<double>(rest) / 1e9));
}

bool call_line(Call& call) {
    return call.give_view(call.context.row.line());
}

constexpr auto kS = ParameterType::kString;
constexpr auto kI = ParameterType::kInt;

constexpr TemplateFunction text_to_text(std::string_view name, bool (*run)(TemplateCall&)) {
    return takes(name, run, 1, {kS});
}
constexpr TemplateFunction two_texts(std::string_view name, bool (*run)(TemplateCall&)) {
    return takes(name, run, 2, {kS, kS});
}
constexpr TemplateFunction count_and_text(std::string_view name, bool (*run)(TemplateCall&)) {
    return takes(name, run, 2, {kI, kS});
}
constexpr TemplateFunction with_regex_first(TemplateFunction function) {
    function.takes_regex = true;
    return function;
}

constexpr std::array kFunctions = {
    takes("__line__", call_line, 0, {}),
    text_to_text("ToLower", map_text<to_lower>),
    text_to_text("ToUpper", map_text<to_upper>),
    text_to_text("lower", map_text<to_lower>),
    text_to_text("upper", map_text<to_upper>),
    text_to_text("title", map_text<to_title>),
    text_to_text("TrimSpace", call_trim_space),
    text_to_text("trim", call_trim_space),
    two_texts("Trim", cut<0, 1, true, true>),
    two_texts("TrimLeft", cut<0, 1, true, false>),
    two_texts("TrimRight", cut<0, 1, false, true>),
    two_texts("trimAll", cut<1, 0, true, true>),
    two_texts("TrimPrefix", cut_prefix<0, 1>),
    two_texts("TrimSuffix", cut_suffix<0, 1>),
    two_texts("trimPrefix", cut_prefix<1, 0>),
    two_texts("trimSuffix", cut_suffix<1, 0>),
    two_texts("contains", call_contains),
    two_texts("hasPrefix", call_has_prefix),
    two_texts("hasSuffix", call_has_suffix),
    takes("Replace", call_replace_some, 4, {kS, kS, kS, kI}),
    takes("replace", call_replace, 3, {kS, kS, kS}),
    count_and_text("trunc", call_trunc),
    takes("substr", call_substr, 3, {kI, kI, kS}),
    count_and_text("repeat", call_repeat),
    count_and_text("indent", call_indent),
    count_and_text("nindent", call_nindent),
    count_and_text("alignLeft", align<false>),
    count_and_text("alignRight", align<true>),
    with_regex_first(takes("regexReplaceAll", replace_regex<false>, 3, {kS, kS, kS})),
    with_regex_first(takes("regexReplaceAllLiteral", replace_regex<true>, 3, {kS, kS, kS})),
    with_regex_first(two_texts("count", call_count)),
    text_to_text("urlencode", map_text<escape_query>),
    text_to_text("urldecode", call_urldecode),
    text_to_text("b64enc", map_text<encode_base64>),
    text_to_text("b64dec", call_b64dec),
    text_to_text("fromJson", call_from_json),
    takes_more("default", call_default, 1, {}),
    text_to_text("bytes", call_bytes),
    text_to_text("duration", call_duration),
    text_to_text("duration_seconds", call_duration),
};

}  // namespace

std::span<const TemplateFunction> template_text_functions() {
    return kFunctions;
}

}  // namespace skald::read
