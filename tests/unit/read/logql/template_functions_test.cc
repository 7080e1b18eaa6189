// SPDX-License-Identifier: Apache-2.0
//
// The functions of templates, with the results that Go's functions of the same names give.
#include "regex_text.h"
#include "support/template_row.h"
#include "template_regex.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using Cases = std::vector<std::pair<std::string, std::string>>;

const TemplateRow& example_row() {
    static const TemplateRow row(
        {{"s", "Hello World"}, {"u", "ÀÉÎ"}, {"empty", ""}, {"n", "42"}, {"c", "3.75"}});
    return row;
}

void expect_all(const Cases& cases) {
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(render(text, example_row()), expected) << text;
}

/// What comes behind "error calling NAME: ".
void expect_errors(const Cases& cases) {
    for (const auto& [text, expected] : cases) {
        const std::string message = render(text, example_row());
        const std::size_t at = message.find("error calling ");
        ASSERT_NE(at, std::string::npos) << message;
        EXPECT_EQ(message.substr(message.find(": ", at) + 2), expected) << text;
    }
}

TEST(TemplateFunctions, CaseFollowsUnicode) {
    expect_all({{"{{upper .s}} {{ToUpper \"straße é\"}}", "HELLO WORLD STRAßE É"},
                {"{{lower .u}} {{ToLower \"ABC\"}}", "àéî abc"},
                {"{{title \"hello wORLD foo-bar it's ünder_score\"}}",
                 "Hello WORLD Foo-Bar It'S Ünder_score"}});
}

TEST(TemplateFunctions, TrimsHaveTwoOrdersOfArguments) {
    expect_all(
        {{"[{{trim \" \\t a\u00a0\\n\"}}] [{{TrimSpace \"  b \"}}]", "[a] [b]"},
         {"{{Trim \"xxaxx\" \"x\"}} {{TrimLeft \"xxaxx\" \"x\"}} {{TrimRight \"xxaxx\" \"x\"}}",
          "a axx xxa"},
         {"{{trimAll \"$é\" \"é$5$\"}}", "5"},
         {"{{TrimPrefix \"abc\" \"ab\"}} {{trimPrefix \"ab\" \"abc\"}} {{trimPrefix \"x\" "
          "\"abc\"}}",
          "c c abc"},
         {"{{TrimSuffix \"abc\" \"bc\"}} {{trimSuffix \"bc\" \"abc\"}}", "a a"}});
}

TEST(TemplateFunctions, PartsOfTexts) {
    expect_all({{"{{trunc 5 .s}}|{{trunc -5 .s}}|{{trunc 99 .s}}|{{trunc -99 .s}}|{{trunc 0 .s}}",
                 "Hello|World|Hello World|Hello World|"},
                {"{{substr 1 3 .s}}|{{substr -1 2 .s}}|{{substr 6 -1 .s}}|{{substr 6 99 .s}}",
                 "el|He|World|World"},
                {"{{contains \"lo\" .s}} {{hasPrefix \"He\" .s}} {{hasSuffix \"He\" .s}}",
                 "true true false"},
                {"{{slice .s 1 3}} {{slice .s 6}} {{slice .s}}", "el World Hello World"},
                {"{{index .s 0}} {{len .u}}", "72 6"}});
    expect_errors(
        {{"{{substr 5 2 .s}}", "runtime error: slice bounds out of range [5:2]"},
         {"{{substr 20 -1 .s}}", "runtime error: slice bounds out of range [20:11]"},
         {"{{substr -1 99 .s}}", "runtime error: slice bounds out of range [:99] with length 11"},
         {"{{substr -1 -1 .s}}", "runtime error: slice bounds out of range [:-1]"},
         {"{{slice .s 3 1}}", "invalid slice index: 3 > 1"},
         {"{{slice .s 12}}", "index out of range: 12"},
         {"{{index .s 11}}", "reflect: string index out of range"},
         {"{{index .s -1}}", "index out of range: -1"},
         {"{{index .s \"a\"}}", "cannot index slice/array with type string"},
         {"{{index . 1}}", "value has type int; should be string"},
         {"{{index 1 1}}", "can't index item of type int"},
         {"{{index nil 1}}", "index of untyped nil"},
         {"{{len 3}}", "len of type int"}});
}

TEST(TemplateFunctions, ReplacesAndRepeats) {
    expect_all({{"{{replace \"l\" \"L\" .s}} {{Replace \"aaa\" \"a\" \"b\" 2}} {{Replace \"aaa\" "
                 "\"a\" \"b\" -1}}",
                 "HeLLo WorLd bba bbb"},
                {"{{replace \"\" \"-\" \"aé\"}} {{Replace \"abc\" \"\" \"-\" 2}} {{Replace \"a\" "
                 "\"a\" \"b\" 0}}",
                 "-a-é- -a-bc a"},
                {"{{repeat 3 \"ab\"}}{{repeat 0 \"x\"}}", "ababab"},
                {"{{indent 2 \"a\\nb\"}}|{{nindent 1 \"a\"}}", "  a\n  b|\n a"},
                {"{{alignLeft 5 \"hé\"}}|{{alignLeft 2 \"héllo\"}}|{{alignLeft -1 "
                 "\"x\"}}|{{alignLeft 0 \"x\"}}|",
                 "hé   |hé|x||"},
                {"{{alignRight 5 \"hé\"}}|{{alignRight 3 \"héllo\"}}|", "   hé|llo|"}});
    expect_errors({{"{{repeat -1 \"x\"}}", "strings: negative Repeat count"},
                   {"{{indent -1 \"x\"}}", "strings: negative Repeat count"}});
}

TEST(TemplateFunctions, RegularExpressionsReplaceAsInGo) {
    expect_all(
        {{"{{regexReplaceAll \"(l+)(o)\" .s \"[$2-${1}x]\"}}", "He[o-llx] World"},
         {"{{regexReplaceAll \"(?P<a>o)\" .s \"<$a${a}$$$b>\"}}", "Hell<oo$> W<oo$>rld"},
         {"{{regexReplaceAll \"(o)\" .s \"$1x\"}}", "Hell Wrld"},
         {"{{regexReplaceAll \"o\" .s \"$ ${ ${}\"}}", "Hell$ ${ ${} W$ ${ ${}rld"},
         {"{{regexReplaceAllLiteral \"o\" .s \"$0\"}}", "Hell$0 W$0rld"},
         {"{{regexReplaceAll \"a*\" \"baaac\" \"-\"}} {{regexReplaceAll \"x*\" \"é\" \"-\"}}",
          "-b-c- -é-"},
         {"{{count \"[a-z]+\" .s}} {{.s | count \"o\"}} {{count \"x*\" \"axb\"}} {{count \"\" "
          "\"\"}}",
          "2 2 3 1"}});
    expect_errors(
        {{"{{regexReplaceAll \"(\" .s \"\"}}", "error parsing regexp: missing closing ): `(`"},
         {"{{count (print \"(\") .s}}", "error parsing regexp: missing closing ): `(`"}});
}

TEST(TemplateFunctions, RegularExpressionsStopWhenTimeIsOver) {
    const auto regex = compile_regex("(a.*b)|a");
    ASSERT_TRUE(regex);
    const std::string text(20000, 'a');
    RegexEffort none(std::chrono::milliseconds(-1));
    EXPECT_FALSE(count_matches(**regex, text, none));
    EXPECT_FALSE(replace_matches(**regex, text, "", true, 1 << 20, none));
    RegexEffort enough(std::chrono::hours(1));
    EXPECT_EQ(*count_matches(**regex, text.substr(0, 1000), enough), 1000);
}

TEST(TemplateFunctions, WholeNumbersTakeAnything) {
    expect_all(
        {{"{{add .n 1 \"2\"}} {{add}} {{sub 5 7}} {{mul 3 4 5}} {{div -7 2}} {{mod -7 3}}",
          "45 0 -2 60 -3 -1"},
         {"{{add \"0x1f\" \"010\" \"0b11\" \"1_000\"}}", "1042"},
         {"{{add .c \"-3.9\" 1.9 true \"12abc\" \"\" nil}}", "2"},
         {"{{div -9223372036854775808 -1}} {{mod 7 -1}} {{add 9223372036854775807 1}}",
          "-9223372036854775808 0 -9223372036854775808"},
         {"{{max 1 5 \"3\"}} {{min 4 .n}}", "5 4"},
         {"{{int \"3\"}} {{int \"1e3\"}} {{int 3.99}} {{int \"-5.9\"}} {{int \"-.5\"}}",
          "3 0 3 -5 0"},
         {"{{float64 \"1e3\"}} {{float64 \"x\"}} {{float64 7}} {{float64 true}}", "1000 0 7 1"}});
    expect_errors({{"{{div 1 \"x\"}}", "runtime error: integer divide by zero"},
                   {"{{mod 1 0}}", "runtime error: integer divide by zero"}});
}

TEST(TemplateFunctions, FloatsAreAddedAsDecimals) {
    expect_all(
        {{"{{addf 0.1 0.2}} {{addf 1 2.5 3}} {{addf}} {{subf 0.3 0.1}} {{subf 10 1.5 2}}",
          "0.3 6.5 0 0.2 6.5"},
         {"{{mulf 1.1 1.1}} {{mulf 3.75 -4.5}} {{mulf 0.1 0.2}}", "1.21 -16.875 0.02"},
         {"{{divf 1 3}} {{divf 2 3}} {{divf 10 2 5}} {{divf -2 3}} {{divf 1 3e10}}",
          "0.3333333333333333 0.6666666666666667 1 -0.6666666666666667 3.33333e-11"},
         {"{{addf 1e20 0.1}} {{mulf 1e300 1e300}} {{mulf 1e-300 1e-300}} {{divf 1e300 1e-300}}",
          "1e+20 +Inf 0 +Inf"},
         {"{{maxf 1 2.5 \"3\"}} {{minf 1.5 0.5}}", "3 0.5"},
         {"{{ceil 123.001}} {{floor 123.9999}} {{ceil -1.5}} {{floor \"-1.5\"}}", "124 123 -1 -2"},
         {"{{round 3.75 0}} {{round .c 1}} {{round 123.555555 3}} {{round 123.88571428571 5 .2}} "
          "{{round -2.5 0}}",
          "4 3.8 123.556 123.88572 -3"}});
    expect_errors({{"{{divf 1 0}}", "decimal division by 0"},
                   {"{{addf \"NaN\" 1}}", "Cannot create a Decimal from NaN"},
                   {"{{addf \"-Inf\" 1}}", "Cannot create a Decimal from -Inf"}});
}

TEST(TemplateFunctions, DecimalSumsOfCentsAreExact) {
    std::mt19937 random(20260801);
    std::uniform_int_distribution<int> cents(-100000, 100000);
    for (int i = 0; i < 200; ++i) {
        const int a = cents(random);
        const int b = cents(random);
        const TemplateRow row({{"a", std::to_string(a) + "e-2"}, {"b", std::to_string(b) + "e-2"}});
        const TemplateRow sum({{"x", std::to_string(a + b) + "e-2"},
                               {"y", std::to_string(std::int64_t{a} * b) + "e-4"}});
        EXPECT_EQ(render("{{addf .a .b}}", row), render("{{float64 .x}}", sum));
        EXPECT_EQ(render("{{mulf .a .b}}", row), render("{{float64 .y}}", sum));
    }
}

TEST(TemplateFunctions, Comparisons) {
    expect_all(
        {{"{{eq .n \"42\"}} {{ne .n \"42\"}} {{eq 1 2 3 1}} {{eq (int \"3\") (add 1 2)}}",
          "true false true true"},
         {"{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 2.5}}", "true true true false"},
         {"{{eq nil nil}} {{eq .n nil}} {{eq true true}} {{eq (fromJson \"1\") 1.0}}",
          "true false true true"},
         {"{{not .empty}} {{and 1 0 2}} {{or 0 \"\" \"x\"}} {{.s | and true}} {{\"\" | or .n}}",
          "true 0 x Hello World 42"}});
    expect_errors({{"{{eq 1 \"1\"}}", "incompatible types for comparison"},
                   {"{{eq 1 1.0}}", "incompatible types for comparison"},
                   {"{{lt .n 1}}", "incompatible types for comparison"},
                   {"{{lt true false}}", "invalid type for comparison"},
                   {"{{lt nil 1}}", "invalid type for comparison"},
                   {"{{eq 1}}", "missing argument for comparison"}});
}

TEST(TemplateFunctions, EncodingsAndEscapes) {
    expect_all(
        {{"{{urlencode \"a b&c=d/é?~\"}} {{urldecode \"a%20b%26c+d\"}}",
          "a+b%26c%3Dd%2F%C3%A9%3F~ a b&c d"},
         {"{{b64enc \"\"}}{{b64enc \"f\"}} {{b64enc \"fo\"}} {{b64enc \"foo\"}}", "Zg== Zm8= Zm9v"},
         {"{{b64dec \"Zg==\"}} {{b64dec \"Zm8=\"}} {{b64dec \"Zm9v\\nYg==\"}}{{b64dec \"\"}}",
          "f fo foob"},
         {"{{b64dec \"@@@\"}}|{{b64dec \"Zm9vZg\"}}|{{b64dec \"Zg=a\"}}|{{b64dec \"Zg==x\"}}",
          "illegal base64 data at input byte 0|illegal base64 data at input byte 4|"
          "illegal base64 data at input byte 2|illegal base64 data at input byte 4"},
         {"{{html \"<a&'\\\">\"}} {{js \"it's \\\"<>&=\\\" \\n\\\\é\"}} {{urlquery \"a b\" 1}}",
          "&lt;a&amp;&#39;&#34;&gt; it\\'s \\\"\\u003C\\u003E\\u0026\\u003D\\\" \\u000A\\\\é "
          "a+b1"}});
    expect_errors({{"{{urldecode \"%zz\"}}", "invalid URL escape \"%zz\""},
                   {"{{urldecode \"a%2\"}}", "invalid URL escape \"%2\""}});
}

TEST(TemplateFunctions, SizesDurationsAndDefaults) {
    expect_all({{"{{bytes \"1.5KB\"}} {{\"2MiB\" | bytes}}", "1500 2.097152e+06"},
                {"{{duration \"1h30m\"}} {{duration_seconds \"250ms\"}} {{duration \"-1.5s\"}}",
                 "5400 0.25 -1.5"},
                {"{{default \"d\" .empty}} {{default \"d\" .s}} {{.nope | default 5}} {{default 1 "
                 "0}} {{default 1}}",
                 "d Hello World 5 1 1"}});
    expect_errors({{"{{duration \"x\"}}", "time: invalid duration \"x\""}});
    EXPECT_NE(render("{{bytes \"xyz\"}}", example_row()).find("error calling bytes: "),
              std::string::npos);
}

TEST(TemplateFunctions, FromJsonReadsOnlyJson) {
    for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "nul", "\"a", "\"\\x\"",
                            "[1] 2", "{a:1}"}) {
        EXPECT_EQ(render("{{fromJson .j}}", TemplateRow({{"j", bad}})), "<no value>") << bad;
    }
    EXPECT_EQ(render("{{fromJson .j}}",
                     TemplateRow({{"j", std::string(1000, '[') + std::string(1000, ']')}})),
              "<no value>");
    EXPECT_EQ(render("{{fromJson .j}}",
                     TemplateRow({{"j", " [ 1 , {\"a\" : \"\\\"\\ud800\xFF\"} , -0.5e1 ] "}})),
              "[1 map[a:\"\xEF\xBF\xBD\xEF\xBF\xBD] -5]");
}

}  // namespace
}  // namespace skald::read
