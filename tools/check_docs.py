#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the documentation: docs/architecture.md has one row a module of src/LAYERS, and links between pages lead somewhere."""
import pathlib
import re
import sys

ROOT = pathlib.Path(".")


def modules():
    lines = (ROOT / "src/LAYERS").read_text().splitlines()
    return [line.split(":")[0].strip() for line in lines if re.match(r"[a-z]", line)]


def main():
    problems = []
    page = (ROOT / "docs/architecture.md").read_text()
    rows = re.findall(r"^\| `([a-z0-9/]+)` \|", page, re.M)
    for module in modules():
        if rows.count(module) != 1:
            problems.append(f"docs/architecture.md: {rows.count(module)} rows for module {module}, must be one")
    for row in rows:
        if row not in modules():
            problems.append(f"docs/architecture.md: no module {row} in src/LAYERS")
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")]):
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
            if not re.match(r"[a-z]+:", link) and not (path.parent / link).exists():
                problems.append(f"{path}: dead link {link}")
    print("\n".join(problems) or f"docs ok: {len(modules())} modules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
