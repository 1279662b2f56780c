"""Runs the examples of examples/verify, each as the server that it is, against the shared vectors over HTTP; then
again with a mistake in it, which must be found.

python3 tests/examples [NAME...]: all of them, or these.
"""

import shutil
import sys
import time

from cases import BLANK, LEAD, OLD, SECRET, rounds, signed
from languages import EXAMPLES, WORK
from server import Server, build
from wrong import MISTAKES


def faults(example, source, folder):
    """What the example does wrong, one line each."""
    for secrets, cases in rounds(example.traits):
        with Server(example, source, folder, secrets) as server:
            for case in cases:
                answer = server.ask(case.request)
                if answer.status not in case.expect:
                    yield f"{case.why}: {answer.status} in place of {' or '.join(map(str, case.expect))}"
                name, value = case.header
                if name and answer.headers.get(name, "").replace(" ", "") != value:
                    yield f"{case.why}: {name} is {answer.headers.get(name)}"
        if any(secret in server.said() for secret in (SECRET, OLD)):
            yield f"a secret is in its log, {server.log}"
    for secrets in BLANK:
        forged = signed(secrets[-1] or "", LEAD)
        with Server(example, source, folder, secrets) as server:
            end = server.ended_or_status(forged)
        if end in ("exit 0", "it is still there") or isinstance(end, int) and end != 500:
            yield f"with the secrets {secrets}: {end}"
    if example.needs:
        broken = folder / "broken" / example.needs
        broken.parent.mkdir(exist_ok=True)
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
        with Server(example, source, folder, [SECRET], broken.parent) as server:
            status = server.ask(signed(SECRET, LEAD)).status
        if status not in (401, 500):
            yield f"where {example.needs} fails: {status}"


def is_right(example):
    started = time.monotonic()
    build(example, example.source, WORK / example.name)
    found = list(faults(example, example.source, WORK / example.name))
    count = sum(len(cases) for _, cases in rounds(example.traits)) + len(BLANK)
    print(f"{example.name:10} {count} cases in {time.monotonic() - started:.1f} s", flush=True)
    for fault in found:
        print(f"    WRONG: {fault}", flush=True)
    return not found


def is_found(example, mistake):
    folder = WORK / f"{example.name}-wrong"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = folder / example.source.name
    source.write_text(mistake.applied(example.source.read_text()))
    shutil.copymode(example.source, source)
    build(example, source, folder)
    fault = next(faults(example, source, folder), None)
    if fault is None:
        print(f"    NOT FOUND in {example.name}: {mistake.what}", flush=True)
    return fault is not None


def main(names):
    unknown = set(names) - {example.name for example in EXAMPLES}
    if unknown:
        sys.exit(f"there is no example {', '.join(sorted(unknown))}")
    good = True
    for example in EXAMPLES:
        if names and example.name not in names:
            continue
        good &= is_right(example)
        mistakes = [mistake for mistake in MISTAKES if mistake.example == example.name]
        found = [is_found(example, mistake) for mistake in mistakes]
        if mistakes:
            print(f"{'':10} {found.count(True)} of {len(mistakes)} mistakes found", flush=True)
        good &= all(found)
    sys.exit(not good)


main(sys.argv[1:])
