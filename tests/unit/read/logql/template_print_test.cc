// SPDX-License-Identifier: Apache-2.0
//
// print, println and printf, with the results of Go's package fmt.
#include "support/template_row.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

void expect_all(const std::vector<std::pair<std::string, std::string>>& cases) {
    const TemplateRow row({{"s", "héllo"}, {"j", R"({"a":1,"b":["x",null]})"}});
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(render("{{" + text + "}}", row), expected) << text;
}

TEST(TemplatePrint, PrintPutsSpacesBetweenNonTexts) {
    expect_all({{R"(print 1 2 "x" "y" 3 4.5)", "1 2xy3 4.5"},
                {R"(println 1 "a" true)", "1 a true\n"},
                {"print nil", "<nil>"},
                {"print", ""}});
}

TEST(TemplatePrint, FloatsHaveTheShortestForm) {
    expect_all(
        {{"print 1.0 123456.0 1234567.0 0.0001 0.00001", "1 123456 1.234567e+06 0.0001 1e-05"},
         {"print 1e21 1e-7 -2.5 0.1", "1e+21 1e-07 -2.5 0.1"},
         {R"(print (float64 "NaN") (float64 "Inf") (float64 "-Inf"))", "NaN +Inf -Inf"}});
}

TEST(TemplatePrint, NumbersFollowTheirVerbs) {
    expect_all(
        {{R"(printf "%d|%5d|%-5d|%05d|%+d|% d|%.3d" 42 42 42 42 42 42 7)",
          "42|   42|42   |00042|+42| 42|007"},
         {R"(printf "%x %X %#x %o %#o %O %b %c %q %U %#U" 255 255 255 8 8 8 5 65 65 128512 65)",
          "ff FF 0xff 10 010 0o10 101 A 'A' U+1F600 U+0041 'A'"},
         {R"(printf "%05d|%-05d|%x" -42 -42 -255)", "-0042|-42  |-ff"},
         {R"(printf "%f %.2f %8.3f|%-8.1f|%08.3f|%e %E %g %G" 3.14159 3.14159 3.14159 3.14159 -3.14159 1234.5678 0.001 1e20 1e-10)",
          "3.141590 3.14    3.142|3.1     |-003.142|1.234568e+03 1.000000E-03 1e+20 1E-10"},
         {R"(printf "%.3g %6.2f|%+.1e|%x" 1234.5678 2.5 12345.678 3.5)",
          "1.23e+03   2.50|+1.2e+04|0x1.cp+01"},
         {R"(printf "%t|%5t|%v" true false true)", "true|false|true"}});
}

TEST(TemplatePrint, TextsFollowTheirVerbs) {
    expect_all({{R"(printf "%s|%10s|%-10s|%.2s|%6.3s|" .s .s .s .s .s)",
                 "héllo|     héllo|héllo     |hé|   hél|"},
                {R"(printf "%q %x %X % x %#x %v" "a\"b" "hi" "hi" "abc" "hi" "v")",
                 "\"a\\\"b\" 6869 6869 61 62 63 0x6869 v"},
                {R"(printf "%#q %q" "ab" "\n")", "`ab` \"\\n\""},
                {R"(printf "100%%")", "100%"}});
}

TEST(TemplatePrint, ListsAndMapsPrintTheirElements) {
    expect_all(
        {{R"(printf "%v" (fromJson .j))", "map[a:1 b:[x <nil>]]"},
         {R"(printf "%s|%d" (fromJson .j).b (fromJson .j).b)", "[x <nil>]|[%!d(string=x) <nil>]"},
         {R"(printf "%#v" (fromJson .j))",
          R"(map[string]interface {}{"a":1, "b":[]interface {}{"x", interface {}(nil)}})"},
         {R"(printf "%5.1f" (fromJson "[1,2.25]"))", "[  1.0   2.2]"},
         {R"(printf "%T %T %T %T %T %T" 1 1.5 "a" nil . (fromJson .j))",
          "int float64 string <nil> map[string]string map[string]interface {}"}});
}

TEST(TemplatePrint, MistakesShowInTheText) {
    expect_all({{R"(printf "%d" "x")", "%!d(string=x)"},
                {R"(printf "%s %v %d" 3 nil nil)", "%!s(int=3) <nil> %!d(<nil>)"},
                {R"(printf "%f %t" 3 1)", "%!f(int=3) %!t(int=1)"},
                {R"(printf "%6.2f" 3)", "%!f(int=    03)"},
                {R"(printf "%d")", "%!d(MISSING)"},
                {R"(printf "%d" 1 2 "x" nil)", "1%!(EXTRA int=2, string=x, <nil>)"},
                {R"(printf "%z" 1)", "%!z(int=1)"},
                {R"(printf "%")", "%!(NOVERB)"},
                {R"(printf "%-")", "%!(NOVERB)"},
                {R"(printf "%s" true)", "%!s(bool=true)"}});
}

TEST(TemplatePrint, OperandsCanBeChosen) {
    expect_all({{R"(printf "%[2]d %[1]d" 1 2)", "2 1"},
                {R"(printf "%[1]d %d" 1 2)", "1 2"},
                {R"(printf "%*d|%-*d|%.*f" 5 42 4 1 2 3.14159)", "   42|1   |3.14"},
                {R"(printf "%[3]*.[2]*[1]f" 12.0 2 6)", " 12.00"},
                {R"(printf "%[3]d" 1)", "%!d(BADINDEX)"},
                {R"(printf "%[x]d" 1)", "%!d(BADINDEX)"},
                {R"(printf "%*d" "x" 3)", "%!(BADWIDTH)3"},
                {R"(printf "%.*f" "x" 3.0)", "%!(BADPREC)3.000000"}});
}

}  // namespace
}  // namespace skald::read
