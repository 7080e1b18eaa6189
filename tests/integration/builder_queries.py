# SPDX-License-Identifier: Apache-2.0
"""Queries as Grafana's builder and its users write them, made by chance but the same ones every time."""
import random

NAMES = ["app", "job", "pod", "cluster", "service_name", "level", "detected_level", "status", "_x", "n0"]
WORDS = ["error", "a b", "GET /x", "10.0.0.1", "größe", "", "x=1", "{}", "#", "//"]
REGEXES = ["err.*", "(?i)a|b", ".+", "[a-z]+\\d{2,}", "^x$", "(a|b)?c"]
PATTERNS = ["<_> x", "level=<_>", "a <_> b <_>", "plain"]
PARSER_PATTERNS = ["<ip> - <_> <status>", "level=<level>", "<a>"]
TEMPLATES = ["{{.status}}", "x", "{{ .a | lower }}", "{{if .a}}b{{end}}", ""]
DURATIONS = ["1ms", "500ms", "10s", "5m", "1h", "1d", "1w", "1y", "86400s", "1h30m"]
SIZES = ["500B", "2KB", "1.5MB", "1GiB"]
SELECTORS = ["app", "job"]
PLAIN_RANGES = ["rate", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time"]
UNWRAPPED = ["rate", "rate_counter", "sum_over_time"]
GROUPED = ["avg_over_time", "max_over_time", "min_over_time", "first_over_time", "last_over_time", "stdvar_over_time", "stddev_over_time"]
AGGREGATIONS = ["sum", "min", "max", "avg", "stddev", "stdvar", "count"]
ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
COMPARISONS = ["==", "!=", ">", "<", ">=", "<="]


class Builder:
    def __init__(self, seed):
        self.chance = random.Random(seed)

    def one(self, *choices):
        return self.chance.choice(choices[0] if len(choices) == 1 else choices)

    def some(self, least, most, make, between):
        return between.join(make() for _ in range(self.chance.randint(least, most)))

    def blank(self):
        return self.one("", "", " ", "  ")

    def quoted(self, text):
        """In quotes with escapes, or in backticks."""
        if "`" not in text and self.one(True, False):
            return f"`{text}`"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def matcher(self):
        sign = self.one("=", "!=", "=~", "!~")
        return self.one(NAMES) + self.blank() + sign + self.blank() + self.quoted(self.one(REGEXES if "~" in sign else WORDS))

    def selector(self):
        first = self.one(SELECTORS) + self.one("=", "=~") + self.quoted(self.one("a", "x", "a|b"))
        more = self.some(0, 2, lambda: self.blank() + "," + self.blank() + self.matcher(), "")
        return "{" + self.blank() + first + more + self.blank() + "}"

    def line_filter(self):
        sign = self.one("|=", "!=", "|~", "!~", "|>", "!>")
        if sign in ("|=", "!=") and self.one(range(5)) == 0:
            return f"{sign} ip({self.quoted('10.0.0.0/8')})"
        texts = {"~": REGEXES, ">": PATTERNS}.get(sign[1], WORDS)
        return sign + self.blank() + self.some(1, 3, lambda: self.quoted(self.one(texts)), self.one(" or ", " or "))

    def condition(self):
        name = self.one(NAMES)
        kind = self.one("text", "regex", "number", "duration", "size", "ip")
        if kind == "text":
            return name + self.one("=", "!=", " = ") + self.quoted(self.one(WORDS))
        if kind == "regex":
            return name + self.one("=~", "!~") + self.quoted(self.one(REGEXES))
        if kind == "ip":
            return f"{name} {self.one('=', '!=')} ip({self.quoted('192.168.4.5/16')})"
        value = {"number": ["0", "500", "1.5"], "duration": DURATIONS[:5], "size": SIZES}[kind]
        return name + self.blank() + self.one(COMPARISONS) + self.blank() + self.one(value)

    def label_filter(self):
        return "| " + self.some(1, 3, self.condition, self.one(" or ", " and ", ", "))

    def stage(self):
        name, other = self.chance.sample(NAMES, 2)
        return self.one(
            "| json", f'| json {name}="a.b", {other}="servers[0]"', f'| json {name}="[\\"a\\"][\\"b\\"]"', "| logfmt", "| logfmt --strict",
            "| logfmt --keep-empty", f'| logfmt --strict --keep-empty {name}, {other}="x"', "| regexp `(?P<method>\\w+) (?P<path>\\S+)`",
            "| pattern " + self.quoted(self.one(PARSER_PATTERNS)), "| unpack", "| decolorize", f"| drop {name}, {other}",
            f'| drop {name}="x"', "| drop __error__, __error_details__", f"| keep {name} ,{other}", f'| keep {name}=~"x.*"',
            "| line_format " + self.quoted(self.one(TEMPLATES)), f"| label_format {name}={other}",
            f"| label_format {name}={self.quoted(self.one(TEMPLATES))}", "| __error__=``", self.label_filter(), self.label_filter(),
            self.line_filter(), self.line_filter())

    def log(self):
        text = self.selector()
        for _ in range(self.chance.randint(0, 5)):
            text += self.one(" ", " ", "  ", "\n  ") + self.stage()
        return text + self.one("", "", " ", "#hello")

    def range(self):
        """What is between the brackets of a range function, without comments."""
        log = self.log().replace("#hello", "")
        return f"({log})" if self.one(range(6)) == 0 else log

    def end(self):
        return self.one("", " ") + f"[{self.one(DURATIONS)}]"

    def offset(self):
        return self.one("", "", "", f" offset {self.one(DURATIONS)}")

    def grouping(self):
        names = self.some(0, 2, lambda: self.one(NAMES), ", ")
        return self.one(f"by({names})", f"without({names})", f"by ( {names} )", f"without ({names})")

    def range_function(self):
        if self.one(True, False):
            return f"{self.one(PLAIN_RANGES)}({self.range()}{self.end()}{self.offset()})"
        unwrap = "| unwrap " + self.one("latency", "duration(latency)", "duration_seconds(latency)", "bytes(size)")
        inner = f"{self.log().replace('#hello', '')} {unwrap} {self.one('', '| __error__=``')}{self.end()}"
        after = self.one("", " " + self.grouping())
        return self.one(f"{self.one(UNWRAPPED)}({inner})", f"{self.one(GROUPED)}({inner}){after}",
                        f"quantile_over_time(0.95, {inner}){after}")

    def aggregation(self, depth):
        inner = self.metric(depth - 1)
        name, group = self.one(AGGREGATIONS), self.grouping()
        ranked = self.one("topk", "bottomk")
        return self.one(f"{name}({inner})", f"{name} {group} ({inner})", f"{name}({inner}) {group}", f"{ranked}(5, {inner})",
                        f"{ranked} {group} (5, {inner})", f"sort_desc({name} {group}({inner}))")

    def binary(self, depth):
        left, right = self.metric(depth - 1), self.one(self.one("2", "0.5", "1e3"), self.metric(depth - 1))
        sign = self.one(*ARITHMETIC, *COMPARISONS)
        if sign in COMPARISONS and self.one(True, False):
            sign += " bool"
        if right[0].isdigit():
            return f"({left}) {sign} {right}"
        sign = self.one(sign, sign, "and", "or", "unless")
        match = self.one("", "", f" on({self.one(NAMES)})", f" ignoring({self.one(NAMES)})")
        if match and sign not in ("and", "or", "unless"):
            match += self.one("", "", f" group_left({self.one(NAMES)})", " group_right()")
        return f"{left} {sign}{match} {right}"

    def metric(self, depth):
        if depth == 0:
            return self.range_function()
        return self.one(self.range_function, lambda: self.aggregation(depth), lambda: self.aggregation(depth),
                        lambda: self.binary(depth))()

    def query(self):
        return self.log() if self.one(True, False) else self.metric(self.chance.randint(0, 2))


def builder_queries(number):
    builder = Builder(1)
    return [builder.query() for _ in range(number)]
