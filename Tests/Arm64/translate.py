"""Turns Core's tests into a program for Embedded Swift, which has neither Swift Testing nor macros nor `any Error`.

    python3 translate.py SOURCES... --to FOLDER

`#expect(…)` becomes a call of expect(…) in Standins/Testing.swift, `try` becomes `try!`, a key path a closure, and each suite
gets a list of its tests for all their arguments. Nothing else is changed: the tests are those that run everywhere.
"""

import argparse
import pathlib
import re
import sys

# What can't be said in Embedded Swift, and is the same on every processor: the words of errors, JSON.
LEFT_OUT = {
    "BackboneTests.comesBackFromJSON": "Codable",
    "FineTunerTests.wrongInputIsNamed": "words of errors",
    "FineTunerTests.divergenceIsNoticed": "errors of helpers",
    "HeadArchitectureTests.headsReadAsInTheirSources": "a Float in a string",
    "HeadArchitectureTests.whatIsNoHeadIsRefused": "words of errors",
    "HeadTargetsTests.wrongTargetsAreNamed": "words of errors",
    "HeadTrainerTests.wrongInputIsNamed": "words of errors",
    "HeadTrainerTests.divergenceIsNoticed": "words of errors",
    "LearningRateScheduleTests.phasesAreEpochsAtRates": "Double from a string",
    "LearningRateScheduleTests.cosineGoesDown": "Double from a string",
    "LearningRateScheduleTests.theWrongPieceIsNamed": "words of errors",
    "PreprocessingTests.names": "words",
}


def end_of(text, start):
    """Behind the bracket that closes the one at start."""
    depth, position = 0, start
    while True:
        character = text[position]
        if text.startswith("//", position):
            position = text.index("\n", position)
        elif character == '"':
            position += 1
            while text[position] != '"':
                if text.startswith("\\(", position):
                    position = end_of(text, position + 1)
                else:
                    position += 2 if text[position] == "\\" else 1
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1


def parts(text):
    """What commas separate, those inside of brackets and strings apart."""
    pieces, start, position = [], 0, 0
    while position < len(text):
        if text[position] in '([{':
            position = end_of(text, position)
        elif text[position] == '"':
            position = text.index('"', position + 1) + 1
        elif text[position] == ",":
            pieces.append(text[start:position].strip())
            start = position = position + 1
        else:
            position += 1
    return [piece for piece in pieces + [text[start:].strip()] if piece]


def tests_of(suite, body):
    """The tests in a suite's body, and the body without their attributes and without those that are left out."""
    tests, position, rest = [], 0, ""
    while (found := re.search(r"@Test\b", body[position:])) is not None:
        start = position + found.start()
        behind = position + found.end()
        arguments = ""
        if body[behind] == "(":
            close = end_of(body, behind)
            arguments, behind = body[behind + 1 : close - 1], close
        function = re.compile(r"\s*func (\w+)").match(body, behind)
        close = end_of(body, function.end())
        parameters = parts(body[function.end() + 1 : close - 1])
        opening = body.index("{", close)
        rest += body[position:start]
        if f"{suite}.{function[1]}" in LEFT_OUT:
            position = end_of(body, opening)
        else:
            position = behind
            labels = [parameter.split(":")[0].split()[0] for parameter in parameters]
            given = re.search(r"arguments: ([\s\S]*)", arguments)
            tests.append((function[1], labels, parts(given[1]) if given else []))
    return tests, rest + body[position:]


def runner(suite, name, labels, arguments):
    """Runs a test for all its arguments."""
    names = [f"argument{index}" for index in range(len(labels))]
    call = ", ".join(value if label == "_" else f"{label}: {value}" for label, value in zip(labels, names))
    loops, close = "", ""
    if len(arguments) == 1 and len(labels) > 1:
        loops, close = f"for ({', '.join(names)}) in {arguments[0]} {{ ", " }"
    else:
        for value, collection in zip(names, arguments):
            loops, close = loops + f"for {value} in {collection} {{ ", close + " }"
    return f'      Test(name: "{suite}.{name}") {{ {loops}{suite}().{name}({call}){close} }},\n'


def translate(text):
    """A file's text, and its suites."""
    text = re.sub(r"^import (Testing|Foundation)\n", "", text, flags=re.M)
    suites = []
    while (found := re.search(r"@Suite\b", text)) is not None:
        behind = found.end()
        if text[behind] == "(":
            behind = end_of(text, behind)
        header = re.compile(r"\s*struct (\w+)\s*").match(text, behind)
        close = end_of(text, header.end())
        tests, body = tests_of(header[1], text[header.end() : close])
        text = text[: found.start()] + text[behind : header.end()] + body + text[close:]
        if tests:
            suites.append((header[1], tests))
    # Macros, key paths and errors of any type.
    text = text.replace("#expect", "expect").replace("#require", "require")
    text = re.sub(r"\(\s*\\.([\w.]+)\)", r"({ $0.\1 })", text)
    # A body whose error is expected keeps it.
    text = re.sub(r"\btry (?!await)", "try! ", text)
    text = re.sub(r"(expect\(throws: (\w+)[^\n]*\{ )try! ", r"\1() throws(\2) in try ", text)
    text = re.sub(r"\) throws\b(?!\()", ")", text)
    text = re.sub(r"\bget throws\b", "get", text)
    for suite, tests in suites:
        text += f"\nextension {suite} {{\n  static var tests: [Test] {{\n    [\n"
        text += "".join(runner(suite, *test) for test in tests)
        text += "    ]\n  }\n}\n"
    return "import Glibc\n" + text, [suite for suite, _ in suites]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("sources", nargs="+", type=pathlib.Path)
    options.add_argument("--to", required=True, type=pathlib.Path)
    options = options.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    suites, everything = [], ""
    for source in sorted(options.sources):
        everything += source.read_text()
        text, found = translate(source.read_text())
        (options.to / source.name).write_text(text)
        suites += found
    for name in LEFT_OUT:
        suite, function = name.split(".")
        if f"struct {suite} " in everything and f"func {function}" not in everything:
            sys.exit(f"{__file__}: there is no test {name}")
    (options.to / "AllTests.swift").write_text(
        "var allTests: [[Test]] {\n  [\n" + "".join(f"    {suite}.tests,\n" for suite in suites) + "  ]\n}\n"
    )


main()
