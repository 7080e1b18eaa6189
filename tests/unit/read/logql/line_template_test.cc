// SPDX-License-Identifier: Apache-2.0
//
// The template language: syntax, control flow, values, errors and bounds. The expected texts are
// what Go's text/template makes of the same templates.
#include "support/template_row.h"

#include <skald/read/logql/line_template.h>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using Cases = std::vector<std::pair<std::string, std::string>>;

const TemplateRow& example_row() {
    static const TemplateRow row({{"a", "1"},
                                  {"empty", ""},
                                  {"s", "Hello World"},
                                  {"with.dot", "dotted"},
                                  {"j", R"({"a":1,"b":["x","y"],"c":{"d":"deep"},"n":null})"}});
    return row;
}

void expect_all(const Cases& cases) {
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(render(text, example_row()), expected) << text;
}

std::string compile_error(std::string_view text, std::string_view name = "line") {
    const auto compiled = LineTemplate::compile(text, name);
    return compiled ? "compiles" : compiled.error().message;
}

/// What comes behind "template: line:1:".
void expect_errors(const Cases& cases) {
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(render(text, example_row()), "template: line:1:" + expected) << text;
    }
}

WantedLabels reads(std::string_view text) {
    const auto compiled = LineTemplate::compile(text, "line");
    return compiled ? (*compiled)->reads() : WantedLabels{true, {"does not compile"}};
}

TEST(LineTemplate, TextAndLabelsAreConcatenated) {
    expect_all({{"", ""},
                {"plain } text {", "plain } text {"},
                {"{{.s}}", "Hello World"},
                {"<{{ .s }}-{{.a}}>", "<Hello World-1>"},
                {"[{{.missing}}]", "[]"},
                {"{{__line__}}|{{ __line__ | len }}", "the line|8"},
                {R"({{index . "with.dot"}})", "dotted"},
                {R"({{index $ "nope"}}.)", "."}});
}

TEST(LineTemplate, OneLabelAloneIsTold) {
    const auto only = [](std::string_view text) {
        const auto compiled = LineTemplate::compile(text, "line");
        return compiled ? std::string((*compiled)->only_label()) : "does not compile";
    };
    EXPECT_EQ(only("{{.s}}"), "s");
    EXPECT_EQ(only("{{ .s }}"), "s");
    EXPECT_EQ(only("{{.s}} "), "");
    EXPECT_EQ(only("{{.s}}{{.a}}"), "");
    EXPECT_EQ(only("{{__line__}}"), "");
    EXPECT_EQ(only("{{.s | upper}}"), "");
    EXPECT_EQ(only("s"), "");
}

TEST(LineTemplate, KnowsTheLabelsThatItReads) {
    using Names = std::vector<std::string>;
    const auto names = [](std::string_view text) {
        const WantedLabels wanted = reads(text);
        EXPECT_FALSE(wanted.all) << text;
        return wanted.names;
    };
    EXPECT_EQ(names("{{.b}}{{.a}}{{.b}}"), (Names{"a", "b"}));
    EXPECT_EQ(names("text {{__line__}}"), Names{});
    EXPECT_EQ(names("{{if .a}}{{.b | upper}}{{else}}{{$x := .c}}{{end}}"), (Names{"a", "b", "c"}));
    EXPECT_EQ(names("{{with .a}}{{.}}{{$.b}}{{end}}"), (Names{"a", "b"}));
    EXPECT_EQ(names("{{range fromJson .j}}{{.}}{{end}}"), Names{"j"});
    EXPECT_EQ(names("{{(fromJson .j).k}}"), Names{"j"});
    EXPECT_EQ(names(R"({{index . "a.b"}}{{index $ "c"}})"), (Names{"a.b", "c"}));
    EXPECT_EQ(names(R"({{define "d"}}{{.}}{{end}}{{template "d" .a}})"), Names{"a"});
    for (const char* text :
         {"{{.}}", "{{$}}", "{{range .}}{{end}}", "{{len .}}", "{{index . .a}}",
          "{{$x := .}}{{$x.a}}", "{{with .a}}{{$}}{{end}}", "{{with .}}{{.a}}{{end}}",
          R"({{define "d"}}{{.a}}{{end}}{{template "d" .}})"}) {
        EXPECT_TRUE(reads(text).all) << text;
    }
}

TEST(LineTemplate, FieldsDoNotListTheLabels) {
    const TemplateRow row({{"a", "1"}});
    EXPECT_EQ(render(R"({{.a | printf "%s!"}}{{index . "a"}})", row), "1!1");
    EXPECT_EQ(row.times_listed, 0);
    EXPECT_EQ(render("{{.}}{{len .}}", row), "map[a:1]1");
    EXPECT_EQ(row.times_listed, 1);
}

TEST(LineTemplate, SpaceIsTrimmedAtMinusSigns) {
    expect_all({{"a  {{- \"b\" -}}  c", "abc"},
                {"a \n\t {{- .a}}", "a1"},
                {"{{.a -}} \n b", "1b"},
                {"a {{/* comment */}} b", "a  b"},
                {"a {{- /* comment */ -}} b", "ab"},
                {"{{-3}}", "-3"},
                {"{{- .a -}}", "1"},
                {"{{\n.a\n}}", "1"}});
}

TEST(LineTemplate, ConditionsFollowGosTruth) {
    expect_all({{"{{if .s}}yes{{else}}no{{end}}", "yes"},
                {"{{if .empty}}yes{{else}}no{{end}}", "no"},
                {"{{if .nope}}a{{else if .empty}}b{{else if .s}}c{{else}}d{{end}}", "c"},
                {"{{if .nope}}a{{else if .empty}}b{{else}}d{{end}}", "d"},
                {"{{if 0}}a{{end}}{{if 0.0}}b{{end}}{{if false}}c{{end}}{{if -1}}d{{end}}", "d"},
                {R"({{if fromJson "[]"}}a{{else}}b{{end}})", "b"},
                {R"({{if fromJson "[0]"}}a{{else}}b{{end}})", "a"},
                {R"({{if fromJson "x"}}a{{else}}b{{end}})", "b"},
                {"{{if now}}time{{end}}", "time"},
                {"{{with .s}}{{.}}{{else}}none{{end}}", "Hello World"},
                {"{{with .nope}}x{{else with .a}}{{.}}{{else}}y{{end}}", "1"},
                {"{{with $x := .a}}{{$x}}{{end}}", "1"},
                {"{{with .s}}{{$.a}}{{end}}", "1"}});
}

TEST(LineTemplate, RangeGoesOverListsMapsAndNumbers) {
    expect_all(
        {{R"({{range fromJson "[3,1,2]"}}<{{.}}>{{end}})", "<3><1><2>"},
         {R"({{range $i, $v := fromJson "[\"x\",\"y\"]"}}{{$i}}={{$v}},{{end}})", "0=x,1=y,"},
         {"{{range $k, $v := fromJson .j}}{{$k}} {{end}}", "a b c n "},
         {"{{range $k, $v := .}}{{$k}};{{end}}", "a;empty;j;s;with.dot;"},
         {"{{range 3}}{{.}}{{end}}", "012"},
         {"{{range $i := 2}}{{$i}}{{end}}", "01"},
         {R"({{range fromJson "[]"}}x{{else}}none{{end}})", "none"},
         {"{{range 0}}x{{else}}none{{end}}", "none"},
         {R"({{range fromJson "x"}}x{{else}}nil{{end}})", "nil"},
         {"{{range 6}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 4}}{{break}}{{end}}{{.}}{{end}}",
          "023"},
         {"{{range 2}}{{range 3}}{{if eq . 1}}{{break}}{{end}}{{.}}{{end}};{{end}}", "0;0;"},
         {"{{range 2}}{{range 0}}{{else}}{{break}}{{end}}x{{end}}y", "y"},
         {"{{$x := 9}}{{range $x = 3}}{{end}}{{$x}}", "2"}});
}

TEST(LineTemplate, VariablesLastUntilTheirBlockEnds) {
    expect_all({{"{{$x := .s}}{{$x}}", "Hello World"},
                {"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
                {"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
                {"{{$x := 5}}{{range $i := 3}}{{$x = $i}}{{end}}{{$x}}", "2"},
                {"{{$v := fromJson .j}}{{$v.c.d}} {{index $v.b 1}}", "deep y"},
                {"{{$x := 1 | printf \"%d%d\" 2}}{{$x}}", "21"}});
}

TEST(LineTemplate, TemplatesCallEachOther) {
    expect_all(
        {{R"({{define "t"}}[{{.}}]{{end}}{{template "t" .s}})", "[Hello World]"},
         {R"({{template "t" .a}}{{define "t"}}({{$}}){{end}})", "(1)"},
         {R"({{block "b" .a}}<{{.}}>{{end}})", "<1>"},
         {R"({{define "t"}}{{.}}{{end}}{{template "t"}})", "<no value>"},
         {R"({{define "t"}}{{if gt . 0}}{{.}}{{template "t" (int (sub . 1))}}{{end}}{{end}}{{template "t" 3}})",
          "321"}});
}

TEST(LineTemplate, LiteralsAreGos) {
    expect_all(
        {{R"({{"a\tb\x41\101\u00e9"}})", "a\tbAA\xC3\xA9"},
         {"{{`raw \\n`}}", "raw \\n"},
         {"{{'a'}} {{'\\n'}}", "97 10"},
         {"{{0x10}} {{0b11}} {{017}} {{0o17}} {{1_000}} {{-3}} {{+3}}", "16 3 15 15 1000 -3 3"},
         {"{{1e3}} {{.5}} {{1.50}} {{1e6}} {{0x1p4}}", "1000 0.5 1.5 1e+06 16"},
         {"{{true}} {{false}}", "true false"}});
}

TEST(LineTemplate, ValuesPrintAsInGo) {
    expect_all(
        {{"{{fromJson .j}}", "map[a:1 b:[x y] c:map[d:deep] n:<nil>]"},
         {"{{(fromJson .j).b}} {{(fromJson .j).c.d}}", "[x y] deep"},
         {"{{(fromJson .j).n}} {{(fromJson .j).zz}} {{fromJson \"{\"}}",
          "<no value> <no value> <no value>"},
         {R"({{fromJson "[1e6, 1e20, 1234567, 0.00001, -0.5, 123456, true, \"\\u00e9\\ud83d\\ude00\"]"}})",
          "[1e+06 1e+20 1.234567e+06 1e-05 -0.5 123456 true \xC3\xA9\xF0\x9F\x98\x80]"},
         {R"({{fromJson "{\"b\":1,\"a\":2,\"b\":3}"}})", "map[a:2 b:3]"},
         {R"({{range fromJson "[null]"}}{{.}}{{end}})", "<no value>"}});
}

TEST(LineTemplate, PipesPassTheValueLast) {
    expect_all({{R"({{"a" | printf "%s-%s" "b"}})", "b-a"},
                {"{{.s | len | printf \"%03d\"}}", "011"},
                {"{{.s | trunc 5 | upper | replace \"L\" \"_\"}}", "HE__O"},
                {"{{(.s | len) | add 1}}", "12"}});
}

TEST(LineTemplate, SyntaxErrorsHaveGosWords) {
    for (const auto& [text, expected] :
         Cases{{"{{.x", "unclosed action"},
               {"{{if true}}{{end", "unclosed action"},
               {"{{.x}", "unexpected \"}\" in operand"},
               {"{{nofunc .x}}", "function \"nofunc\" not defined"},
               {"{{if .x}}a", "unexpected EOF"},
               {"{{end}}", "unexpected {{end}}"},
               {"a{{else}}", "unexpected {{else}}"},
               {"{{if}}{{end}}", "missing value for if"},
               {"{{range}}{{end}}", "missing value for range"},
               {"{{}}", "missing value for command"},
               {"{{.s | 3}}", "non executable command in pipeline stage 2"},
               {"{{$x}}", "undefined variable \"$x\""},
               {"{{if true}}{{$y := 1}}{{end}}{{$y}}", "undefined variable \"$y\""},
               {"{{break}}", "{{break}} outside {{range}}"},
               {"{{continue}}", "{{continue}} outside {{range}}"},
               {"{{range .}}{{break 1}}{{end}}", "unexpected \"1\" in {{break}}"},
               {"{{(.s}}", "unclosed left paren"},
               {"{{.s)}}", "unexpected right paren"},
               {"{{()}}", "missing value for parenthesized pipeline"},
               {"{{\"abc}}", "unterminated quoted string"},
               {"{{`abc}}", "unterminated raw quoted string"},
               {"{{'abc}}", "unterminated character constant"},
               {"{{'ab'}}", "malformed character constant: 'ab'"},
               {"{{\"a\\q\"}}", "invalid syntax"},
               {"{{.s @}}", "unexpected \"@\" in operand"},
               {"{{.s \x01}}", "unrecognized character in action: U+0001"},
               {"{{.s:}}", "expected :="},
               {"{{.a-b}}", "bad character U+002D '-'"},
               {"{{1a}}", "bad number syntax: \"1a\""},
               {"{{1+2}}", "bad number syntax: \"1+2\""},
               {"{{99999999999999999999}}", "integer overflow: \"99999999999999999999\""},
               {"{{\"a\".b}}", "unexpected . after term \"\\\"a\\\"\""},
               {"{{/* open", "unclosed comment"},
               {"{{/* c */ }}", "comment ends before closing delimiter"},
               {"{{$a, $b := 1}}", "too many declarations in command"},
               {"{{range $a, $b, $c := .}}{{end}}", "too many declarations in range"},
               {"{{if 1}}a{{else}}b{{else}}c{{end}}", "expected end; found {{else}}"},
               {"{{template x}}", "unexpected \"x\" in template clause"},
               {"{{template}}", "unexpected \"}}\" in template clause"},
               {"{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
                "template: multiple definition of template \"a\""},
               {"{{if .x}}{{define \"a\"}}{{end}}{{end}}", "unexpected <define> in command"}}) {
        EXPECT_EQ(compile_error(text), "template: line:1: " + expected) << text;
    }
    EXPECT_EQ(compile_error("a\n\n{{.x", "label"), "template: label:3: unclosed action");
    EXPECT_EQ(compile_error("{{.x\n\n"), "template: line:3: unclosed action started at line:1");
}

TEST(LineTemplate, ExecutionErrorsSayWhere) {
    expect_errors({
        {"{{div 1 0}}",
         "2: executing \"line\" at <div 1 0>: error calling div: runtime error: integer divide by "
         "zero"},
        {"ab{{.a | div 1 | mod 0 .empty}}",
         "17: executing \"line\" at <mod>: wrong number of args for mod: want 2 got 3"},
        {"{{.s.t}}", "4: executing \"line\" at <.s.t>: can't evaluate field t in type string"},
        {"{{.s 1}}", "2: executing \"line\" at <.s>: s is not a method but has arguments"},
        {"{{1 2}}", "2: executing \"line\" at <1>: can't give argument to non-function 1"},
        {"{{nil}}", "2: executing \"line\" at <nil>: nil is not a command"},
        {"{{trunc \"x\" .s}}", "8: executing \"line\" at <\"x\">: expected integer; found \"x\""},
        {"{{trunc (add 1 2) .s}}",
         "15: executing \"line\" at <2>: wrong type for value; expected int; got int64"},
        {"{{upper 3}}", "8: executing \"line\" at <3>: expected string; found 3"},
        {"{{upper nil}}", "8: executing \"line\" at <nil>: cannot assign nil to string"},
        {"{{upper (fromJson \"null\")}}",
         "18: executing \"line\" at <\"null\">: invalid value; expected string"},
        {"{{unixEpoch \"x\"}}",
         "12: executing \"line\" at <\"x\">: can't handle \"x\" for arg of type time.Time"},
        {"{{round 1 \"x\"}}", "10: executing \"line\" at <\"x\">: expected integer; found \"x\""},
        {"{{max}}",
         "2: executing \"line\" at <max>: wrong number of args for max: want at least 1 got 0"},
        {"{{sub 1}}", "2: executing \"line\" at <sub>: wrong number of args for sub: want 2 got 1"},
        {"{{range .s}}{{end}}",
         "8: executing \"line\" at <.s>: range can't iterate over Hello World"},
        {"{{range $i, $x := 3}}{{end}}",
         "18: executing \"line\" at <3>: can't use 3 to iterate over more than one variable"},
        {"{{(fromJson .j).a.b}}",
         "12: executing \"line\" at <.j>: can't evaluate field b in type interface {}"},
        {"{{(fromJson .j).n.b}}",
         "12: executing \"line\" at <.j>: nil pointer evaluating interface {}.b"},
        {"{{template \"no\"}}",
         "11: executing \"line\" at <{{template \"no\"}}>: template \"no\" not defined"},
        {"{{define \"t\"}}{{.x}}{{end}}{{template \"t\" 1}}",
         "16: executing \"t\" at <.x>: can't evaluate field x in type int"},
        {"{{call .s}}",
         "2: executing \"line\" at <call .s>: error calling call: non-function .s of type string"},
        {"{{$x = 1}}", "7: executing \"line\" at <1>: undefined variable: $x"},
    });
    EXPECT_EQ(render("a\nbc {{div 1 0}}", example_row()).substr(0, 38),
              "template: line:2:5: executing \"line\" a");
}

TEST(LineTemplate, BranchesNotTakenDoNotFail) {
    expect_all({{"{{if false}}{{div 1 0}}{{end}}ok", "ok"},
                {"{{and .empty (div 1 0)}}ok", "ok"},
                {"{{or .s (div 1 0)}}", "Hello World"},
                {"{{if false}}{{regexReplaceAll \"(\" .s \"\"}}{{end}}ok", "ok"},
                {"{{if false}}{{template \"no\"}}{{end}}ok", "ok"}});
}

TEST(LineTemplate, NoTemplateRunsForEver) {
    const auto fails_with = [](const std::string& text, const std::string& why) {
        EXPECT_NE(render(text, example_row()).find(why), std::string::npos) << text.substr(0, 100);
    };
    fails_with("{{range 1000000000}}{{end}}", "exceeded maximum of 100000 steps");
    fails_with("{{range 1000}}{{range 1000}}{{end}}{{end}}", "exceeded maximum of 100000 steps");
    fails_with(R"({{define "t"}}{{template "t" .}}{{end}}{{template "t" .}})",
               "exceeded maximum template depth");
    fails_with(R"({{template "line" .}})", "exceeded maximum template depth");
    std::string nested;
    for (int i = 0; i < 1000; ++i) nested += "{{if true}}";
    fails_with(nested, "max expression depth exceeded");
    fails_with("{{" + std::string(100000, '('), "max expression depth exceeded");
    std::string chain = "{{if false}}";
    for (int i = 0; i < 1000; ++i) chain += "{{else if false}}";
    fails_with(chain + "{{end}}", "max expression depth exceeded");
}

TEST(LineTemplate, NoTemplateGrowsWithoutLimit) {
    const TemplateRow row({{"big", std::string(1 << 20, 'x')}});
    const auto fails_with = [&](const std::string& text, const std::string& why) {
        EXPECT_NE(render(text, row).find(why), std::string::npos) << text.substr(0, 100);
    };
    fails_with("{{.big}}{{.big}}{{.big}}{{.big}}{{.big}}", "output too long");
    fails_with("{{range 100}}{{.}}{{$.big}}{{end}}", "output too long");
    fails_with("{{range 50000}}{{$x := upper $.big}}{{end}}", "exceeded maximum size of values");
    fails_with("{{range 50000}}{{$x := contains \"y\" $.big}}{{end}}",
               "exceeded maximum size of values");
    fails_with("{{repeat 1000000000 \"x\"}}", "text too long");
    fails_with("{{repeat 9223372036854775807 .big}}", "text too long");
    fails_with("{{indent 9223372036854775807 .big}}", "text too long");
    fails_with("{{alignLeft 9223372036854775807 .big}}", "text too long");
    fails_with("{{replace \"x\" .big .big}}", "text too long");
    fails_with("{{replace \"\" \"0123456789\" .big}}", "text too long");
    fails_with("{{regexReplaceAll \"x\" .big .big}}", "text too long");
    fails_with("{{printf \"%s%[1]s%[1]s%[1]s%[1]s\" .big}}", "text too long");
    fails_with("{{$f := repeat 10 \"%999999d\"}}{{printf $f 1 1 1 1 1 1 1 1 1 1}}",
               "text too long");
    fails_with("{{print .big .big .big .big .big}}", "text too long");
}

TEST(LineTemplate, ManyThreadsUseOneTemplate) {
    const auto compiled = LineTemplate::compile(
        "{{$p := printf \"%s+\" .p}}{{regexReplaceAll $p .s \"<$0>\"}}", "line");
    ASSERT_TRUE(compiled);
    std::vector<std::string> failures(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < failures.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                // More patterns than are kept.
                const std::string letter(1, static_cast<char>('a' + i % 26));
                const TemplateRow row({{"p", letter}, {"s", "-" + letter + letter + "-"}});
                const auto out = (*compiled)->execute(row);
                if (!out || *out != "-<" + letter + letter + ">-")
                    failures[t] = out ? *out : "failed";
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& failure : failures) EXPECT_EQ(failure, "");
}

}  // namespace
}  // namespace skald::read
