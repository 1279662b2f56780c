"""Runs `chatislav check` against an endpoint, and says where its report is not the table's."""

import dataclasses
import json
import os
import subprocess
from typing import Any

from endpoint import SECRET, Endpoint

Line = dict[str, Any]


@dataclasses.dataclass
class Grade:
    """What a run of the check said."""

    code: int
    cases: list[Line]
    checked: Line
    errors: str

    @property
    def obstacle(self) -> str:
        """What made the cases pointless, or nothing."""
        return self.checked.get("obstacle") or ""

    @property
    def run(self) -> set[str]:
        return {case["id"] for case in self.cases if case["outcome"] != "skipped"}

    @property
    def failed(self) -> set[str]:
        return {case["id"] for case in self.cases if case["outcome"] == "failed"}

    @property
    def told(self) -> str:
        """Every cause and fix that was named."""
        failures = [case for case in self.cases if case["outcome"] == "failed"]
        return json.dumps([*failures, self.checked], ensure_ascii=False)


def check(binary: str, *arguments: str) -> tuple[int, list[Line], str]:
    done = subprocess.run(
        [binary, "check", *arguments, "--output", "json"],
        capture_output=True, text=True, timeout=180, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def battery(binary: str) -> list[str]:
    """The ids of all cases, in their order."""
    code, lines, errors = check(binary, "--list")
    assert code == 0, errors
    return [line["id"] for line in lines if line["type"] == "listed"]


def graded(binary: str, endpoint: Endpoint, origin: str) -> Grade:
    arguments = [argument.replace("{origin}", origin) for argument in endpoint.check]
    if not endpoint.slow:
        arguments.append("--no-slow")
    code, lines, errors = check(binary, origin + endpoint.path, "--secret", SECRET, *arguments)
    cases = [line for line in lines if line["type"] == "case"]
    checked = next((line for line in lines if line["type"] == "checked"), {})
    return Grade(code, cases, checked, errors)


def expected(endpoint: Endpoint, ids: list[str]) -> set[str]:
    """The ids that its names mean: an id, a number for all of its variants, or with `!` what is not among them."""
    found: set[str] = set()
    for name in endpoint.fails:
        meant = {id for id in ids if name.removeprefix("!") in (id, id.split("/")[0])}
        assert meant, f"{endpoint.name}: {name} is no case"
        found = found - meant if name.startswith("!") else found | meant
    return found


def differences(endpoint: Endpoint, grade: Grade, fixed: bool, ids: list[str]) -> list[str]:
    """In words, how the report and the table part; nothing where they agree."""
    stops = "" if fixed else endpoint.stops
    must = set() if fixed else expected(endpoint, ids)
    found = []
    if not grade.checked:
        return [f"there is no report, and the exit code is {grade.code}: {grade.errors.strip()[-500:]}"]
    if grade.obstacle != stops:
        found.append(f"it was stopped by {grade.obstacle or 'nothing'}, not by {stops or 'nothing'}")
    if grade.failed - must:
        found.append(f"failed besides: {' '.join(sorted(grade.failed - must))}")
    if must - grade.failed and not grade.obstacle:
        found.append(f"did not fail: {' '.join(sorted(must - grade.failed))}")
    if (grade.code == 0) != (not stops and not must):
        found.append(f"the exit code was {grade.code}")
    found += [f"nothing says {words!r}" for words in endpoint.says if not fixed and words not in grade.told]
    return found
