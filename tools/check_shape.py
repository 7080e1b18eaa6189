#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the shape of the sources. Exit 1 and one line per breach; --list also names what is large.

Rules (each has a case in SELF_TEST, run with --self-test)
  1. Every source starts with the SPDX line; every header has #pragma once.
  2. Classes and structs at namespace level in include/ have a /// comment; a class with state says Threading:.
  3. co_spawn, detached, system_clock, steady_clock::now only in foundation/runtime and telemetry; raw new/delete nowhere
     (`new char[]` behind a unique_ptr in Buffer excepted); `using namespace` never in a header.
  4. TODO and FIXME are not left behind; no name ends in Manager, Helper, Util, Utils.
  5. No line is longer than LINE_MAX.
  6. Each line that the server logs as an error says in a field `do` what whoever reads it is to do.
  7. No loop over `*call(...)`: C++20 ends the life of what the call returned before the first turn.
"""
import pathlib
import re
import sys

LINE_MAX = 140
SPDX = "SPDX-License-Identifier: Apache-2.0"
CLOCK = re.compile(r"\b(co_spawn|detached|system_clock(?!\.h)|steady_clock::now)\b")
RAW_NEW = re.compile(r"(?<![\w.>])(new\s+[A-Za-z_:<(]|delete\s+[a-z_]|delete\[\])")
BAD_NAME = re.compile(r"\b(?:class|struct)\s+\w+(?:Manager|Helper|Utils?)\b")
TYPE = re.compile(r"^(?:class|struct)\s+(?:\[\[\w+\]\]\s+)?(\w+)[^;]*$")
LOOP_OVER_PASSING = re.compile(r"\bfor \([^;]*[^:]: ?\*[^;()]*\(.*\) *[{\w]")
CLOCK_HOMES = ("src/foundation/runtime/", "include/skald/foundation/runtime/", "src/foundation/telemetry/", "src/app/",
               "src/read/logql/template_")  # `now` in a template


def arguments_at(text, start):
    """What stands between the parenthesis at `start` and the one that closes it; strings may hold parentheses."""
    depth, at = 0, start
    for token in re.finditer(r'"(?:\\.|[^"\\\n])*"|[()]', text[start:]):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        at = start + token.end()
        if depth == 0:
            break
    return text[start:at]


def strip(text):
    """The text without comments and the contents of strings, line structure kept."""
    text = re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"', lambda m: '""' + "\n" * m.group().count("\n"), text)
    pattern = r'//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, lambda m: "\n" * m.group().count("\n") if m.group()[0] == "/" else '""', text)


def check(name, text):
    """Breaches of one file, as (line, what)."""
    found = []
    lines = text.split("\n")
    code = strip(text).split("\n")
    if SPDX not in lines[0]:
        found.append((1, "the first line must be the SPDX line"))
    if name.endswith(".h") and "#pragma once" not in text:
        found.append((1, "a header needs #pragma once"))
    for number, line in enumerate(code, 1):
        if CLOCK.search(line) and not name.startswith(CLOCK_HOMES) and name.startswith(("src/", "include/")):
            found.append((number, "time and spawning belong to foundation/runtime"))
        if RAW_NEW.search(line) and name.startswith(("src/", "include/")) and "unique_ptr" not in line and "base/buffer.h" not in name and "= delete" not in line:
            found.append((number, "no raw new or delete"))
        if name.endswith(".h") and "using namespace" in line:
            found.append((number, "no using namespace in a header"))
        if LOOP_OVER_PASSING.search(line):
            found.append((number, "a loop over what a passing result holds"))
        if BAD_NAME.search(line):
            found.append((number, "the name hides a noun (Manager, Helper, Util)"))
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            found.append((number, "left behind: TODO"))
        if len(line) > LINE_MAX:
            found.append((number, f"{len(line)} columns, more than {LINE_MAX}"))
    for call in re.finditer(r"\blog_error\(", text):
        if name.startswith("src/") and '{"do",' not in re.sub(r"\s+", " ", arguments_at(text, call.end() - 1)):
            found.append((text.count("\n", 0, call.start()) + 1, 'an error of the log without a field "do"'))
    if name.startswith("include/"):
        for number, line in enumerate(lines, 1):
            match = TYPE.match(line)
            if match and not line.rstrip().endswith(";"):
                above = lines[number - 2] if number > 1 else ""
                if above.startswith("template <>"):
                    continue
                if above.startswith(("template", "    requires")):
                    above = lines[number - 3]
                if not above.lstrip().startswith("///"):
                    found.append((number, f"{match.group(1)} needs a /// comment"))
    return found


SELF_TEST = [
    ("src/a/x.cc", "int x;\n", "SPDX"),
    ("src/a/x.h", f"// {SPDX}\n", "pragma"),
    ("src/a/x.cc", f"// {SPDX}\nauto t = std::chrono::steady_clock::now();\n", "runtime"),
    ("src/a/x.cc", f"// {SPDX}\nauto* p = new Thing(1);\n", "raw new"),
    ("src/a/x.h", f"// {SPDX}\n#pragma once\nusing namespace std;\n", "using namespace"),
    ("src/a/x.cc", f"// {SPDX}\nclass ThingManager {{}};\n", "noun"),
    ("src/a/x.cc", f"// {SPDX}\n// " + "TO" + "DO later\n", "left behind"),
    ("src/a/x.cc", f"// {SPDX}\n// {'x' * 200}\n", "columns"),
    ("include/skald/a/x.h", f"// {SPDX}\n#pragma once\nstruct Thing {{\n}};\n", "comment"),
    ("src/a/x.cc", f'// {SPDX}\nlog_error("it (or not) fails", {{{{"err", what()}}}});\n', "without a field"),
    ("src/a/x.cc", f'// {SPDX}\nlog_error("it fails", {{{{"err", what()}}, {{"do", "x"}}}});\n', None),
    ("src/a/x.cc", f"// {SPDX}\nfor (const Run& run : *store.select(all, {{}})) {{\n", "passing"),
    ("src/a/x.cc", f"// {SPDX}\nfor (const Run& run : *runs) use(run);\n", None),
    ("src/a/x.cc", f"// {SPDX}\nconst char* s = \"new Thing\"; // new Thing\n", None),
]


def self_test():
    for name, text, expected in SELF_TEST:
        found = [what for _, what in check(name, text)]
        if (expected is None and found) or (expected and not any(expected in what for what in found)):
            print(f"self-test failed: expected {expected!r} in {found} for {text!r}")
            return 1
    print(f"shape self-test ok: {len(SELF_TEST)} cases")
    return 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    root = pathlib.Path(".")
    files = sorted(path for folder in ("src", "include", "tests", "bench") for suffix in ("*.h", "*.cc")
                   for path in root.glob(f"{folder}/**/{suffix}"))
    breaches = 0
    for path in files:
        text = path.read_text()
        for line, what in check(path.as_posix(), text):
            print(f"{path}:{line}: {what}")
            breaches += 1
        if "--list" in sys.argv and text.count("\n") > 500:
            print(f"{path}: {text.count(chr(10))} lines")
    if breaches == 0:
        print(f"shape ok: {len(files)} files")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
