"""What every example must answer: the shared vectors, and what only HTTP can say."""

import base64
import hashlib
import hmac
import json
import pathlib
from dataclasses import dataclass, replace

from wire import CLOSED, Request

VECTORS = pathlib.Path(__file__).parent.parent / "vectors"
SECRET, OLD = "It's a Secret to Everybody", "whsec old"
LIMIT = 8 << 20
LEAD = b'{"event": "lead_collection", "data": {}}'

# What a server may refuse by itself, before the example sees it.
SERVERS_OWN = {400, 401, 413, 431, CLOSED}
NOT_FOR_HEADERS = {"a NUL", "64 KiB"}


@dataclass(frozen=True)
class Case:
    """A request and the statuses that may answer it."""

    why: str
    request: Request
    expect: frozenset
    header: tuple = ("", "")  # a name and value that the answer must have


def literal(value):
    if isinstance(value, str):
        return value.encode()
    return bytes.fromhex(value["hex"]) if "hex" in value else (value["text"] * value["times"]).encode()


def vectors(name):
    return json.loads((VECTORS / name).read_text())


def signed(secret, body, **more):
    return Request(body, (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode(),), **more)


def of_signatures(traits):
    """signature.json: the examples refuse what is not one value of 64 digits, and do not read the event, unless
    their traits say so."""
    for vector in vectors("signature.json"):
        values = tuple(literal(value) for value in vector["values"])
        if any(b"\n" in value for value in values):
            continue  # on the wire the value ends there
        verdict = vector["expect"]
        if len(values) > 1 and ("last wins" in traits or b"" in values):
            expect = {204, 401}  # the server shows one of them, or drops a blank one
        elif verdict == "verified":
            alone = len(values) == 1 and b"," not in values[0]
            expect = {204} if alone or "collapses" in traits else {401}
        elif verdict.startswith("payload_"):
            expect = {400} if "reads events" in traits else {204}
        else:
            expect = SERVERS_OWN if vector["why"] in NOT_FOR_HEADERS else {401}
        yield Case(vector["why"], Request(literal(vector["body"]), values), frozenset(expect))


def of_http(traits):
    """What no vector can say."""
    good = signed(SECRET, LEAD)
    digits = good.values[0]

    def case(why, request, *expect, header=("", "")):
        return Case(why, request, frozenset(expect), header)

    chunked = 411 if "no chunks" in traits else 204
    yield case("PUT", replace(good, method="PUT"), 204)
    for method in ("GET", "DELETE", "PATCH"):
        yield case(method, replace(good, method=method, body=b""), 405, header=("allow", "POST,PUT"))
    yield case("a chunked upload", replace(good, chunk=7), chunked)
    yield case("a chunked upload that is not what was signed", replace(good, body=LEAD + b" ", chunk=7), 411 if chunked == 411 else 401)
    yield case("base64 of the digits", replace(good, values=(base64.b64encode(digits),)), 401)
    first = replace(good, values=(b"0" * 64, digits))
    yield case("the header twice, a forgery first", first, 204 if "last wins" in traits else 401)
    yield case("the header twice, a forgery last", replace(good, values=(digits, b"0" * 64)), 401)
    yield case("a byte beyond ASCII behind the digits", replace(good, values=(digits + b"\xe9",)), 401)
    yield case("a client that waits to be asked for the body", replace(good, headers=("Expect: 100-continue",)), 204)
    half = replace(good, body=LEAD[:20], announced=len(LEAD))
    yield case("a sender that hangs up in the middle", half, 400, 401, CLOSED)
    yield case("another one after it", good, 204)

    def lead(size):
        start, end = b'{"event": "lead_collection", "data": {"x": "', b'"}}'
        return start + b"a" * (size - len(start) - len(end)) + end

    for why, size in (("1 MiB", 1 << 20), ("the limit", LIMIT)):
        yield case(f"{why}", signed(SECRET, lead(size)), 204)
        yield case(f"{why} in chunks", signed(SECRET, lead(size), chunk=1 << 16), chunked, *([CLOSED] if chunked == 411 else []))
    yield case("a byte over the limit", signed(SECRET, lead(LIMIT + 1)), 413, CLOSED)
    over = signed(SECRET, lead(LIMIT + 1), chunk=1 << 16)
    yield case("a byte over the limit in chunks", over, 411 if chunked == 411 else 413, CLOSED)
    yield case("another one after that", good, 204)


def of_keys(traits):
    """hmac.json, as far as an environment can hold the key: pairs of secrets, each with its cases."""
    by_key = {}
    for vector in vectors("hmac.json"):
        key = literal(vector["key"])
        try:
            key = key.decode()
        except UnicodeDecodeError:
            continue
        if key.strip():
            by_key.setdefault(key, []).append(vector)
    status = {400, 204} if "reads events" in traits else {204}
    keys = list(by_key)
    for at in range(0, len(keys), 2):
        pair = keys[at : at + 2]
        yield pair, [
            Case(f"HMAC: {vector['why']}", Request(literal(vector["body"]), (vector["expect"].encode(),)), frozenset(status))
            for key in pair
            for vector in by_key[key]
        ]


def rounds(traits):
    """Secrets, newest first, and the cases for a server that has them."""
    yield [SECRET, OLD], [*of_signatures(traits), *of_http(traits)]
    yield [SECRET], [
        Case("the only secret", signed(SECRET, LEAD), frozenset({204})),
        Case("an old secret after the rotation", signed(OLD, LEAD), frozenset({401})),
    ]
    yield from of_keys(traits)


# Nobody may serve with these; the forgery is signed with the last of them.
BLANK = [[" "], [None], [""], ["\t "], [SECRET, ""], [SECRET, " "]]
