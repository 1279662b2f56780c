"""Checks every endpoint of the table, as it is and with its fix, and prints a matrix.

    run.py --project FOLDER --axum FILE [WORD...]

A word picks the endpoints that have it in their name.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from endpoint import Endpoint, running, table
from grading import Grade, battery, differences, expected, graded


def numbers(ids: list[str]) -> list[str]:
    return sorted({id.split("/")[0].removeprefix("C-") for id in ids})


def cells(grade: Grade, ids: list[str], must: set[str]) -> str:
    """A mark for each number: passed, failed as it must, or otherwise than the table says."""
    row = []
    for number in numbers(ids):
        of_number = {id for id in ids if id.split("/")[0] == f"C-{number}"}
        if (grade.failed ^ must) & of_number:
            row.append("!")
        else:
            row.append("x" if grade.failed & of_number else "." if grade.run & of_number else " ")
    return "  ".join(row)


def run(endpoint: Endpoint, arguments: argparse.Namespace, ids: list[str]) -> tuple[str, list[str]]:
    """The endpoint's row of the matrix, and what is wrong with it."""
    columns, wrong = [], []
    for fixed in [False, True] if endpoint.fault else [False]:
        name = endpoint.name + (", fixed" if fixed else "")
        try:
            with running(endpoint, fixed, arguments.project, arguments.axum) as origin:
                grade = graded(arguments.binary, endpoint, origin)
        except (RuntimeError, subprocess.TimeoutExpired) as failure:
            return "no result", [*wrong, f"{name}: {failure}"]
        found = differences(endpoint, grade, fixed, ids)
        wrong += [f"{name}: {difference}" for difference in found]
        if fixed:
            columns.append("FAILS" if found else "passes")
        else:
            marks = f"stopped: {grade.obstacle}" if grade.obstacle else cells(grade, ids, expected(endpoint, ids))
            columns.append(marks.ljust(3 * len(numbers(ids))))
    return "  ".join(columns), wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--axum", type=Path, required=True)
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    arguments.binary = os.environ["CHATISLAV_BIN"]
    ids = battery(arguments.binary)
    chosen = [row for row in table() if not arguments.words or any(word in row.name for word in arguments.words)]
    if not chosen:
        parser.error("no endpoint has such a name")
    wrong: list[str] = []
    width = max(len(endpoint.name) for endpoint in chosen)
    print(" " * width, " ".join(numbers(ids)), "fixed", sep="  ")
    # Several at once: an endpoint waits for the check, the check for it, and some for seconds.
    with ThreadPoolExecutor(4) as pool:
        for endpoint, (row, found) in zip(chosen, pool.map(lambda endpoint: run(endpoint, arguments, ids), chosen)):
            print(endpoint.name.ljust(width), row, sep="  ", flush=True)
            wrong += found
    for line in wrong:
        print(line)
    faulty = sum(1 for endpoint in chosen if endpoint.fault)
    print(f"{len(chosen)} endpoints, {faulty} with a fault; {len(wrong)} differences from the table")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
