#!/usr/bin/env python3
"""Writes the vectors that hold digests, by Python's own hmac and hashlib, and holds the others
against Python's own json and datetime.

Run it from this folder after changing a case, with Python 3.11 or newer: python3 generate.py
"""

import base64
import datetime
import hashlib
import hmac
import json

SECRET = "It's a Secret to Everybody"
OLD = "whsec old"


def digest(secret, body):
    secret = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def write(name, cases):
    with open(name, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def literal(data):
    """Bytes as a case holds them: text where they are UTF-8, else hex; long runs by their count."""
    if len(data) > 4096 and len(set(data)) == 1:
        return {"text": chr(data[0]), "times": len(data)}
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def hmac_cases():
    def case(why, key, body):
        return {"why": why, "key": literal(key), "body": literal(body), "expect": digest(key, body)}

    rfc = "RFC 4231 section 4."
    yield case(rfc + "2", b"\x0b" * 20, b"Hi There")
    yield case(rfc + "3: a key shorter than the digest", b"Jefe", b"what do ya want for nothing?")
    yield case(rfc + "4: more than a block", b"\xaa" * 20, b"\xdd" * 50)
    yield case(rfc + "5", bytes(range(1, 26)), b"\xcd" * 50)
    yield case(rfc + "7: a key longer than a block", b"\xaa" * 131,
               b"Test Using Larger Than Block-Size Key - Hash Key First")
    yield case(rfc + "8: key and data longer than a block", b"\xaa" * 131,
               b"This is a test using a larger than block-size key and a larger than block-size data."
               b" The key needs to be hashed before being used by the HMAC algorithm.")
    for size in (0, 1, 55, 56, 63, 64, 65, 127, 128, 129, 1000):
        yield case(f"a body of {size} bytes, at the edges of SHA-256's blocks", b"k", bytes(i % 251 for i in range(size)))
    for size in (1, 63, 64, 65):
        yield case(f"a key of {size} bytes", bytes(i % 251 + 1 for i in range(size)), b"body")
    yield case("a secret outside ASCII is its UTF-8 bytes", "é€🔑".encode(), b"body")
    yield case("a blank and a line end belong to the secret", b" secret \n", b"body")
    yield case("a secret that looks like hexadecimal is not decoded", b"00ff", b"body")
    yield case("a secret of bytes that are no text", b"\xff\xfe\x00\x80", b"body")
    yield case("every byte value in the body", b"k", bytes(range(256)))
    yield case("emoji, Chinese, U+2028 and an escape in the body", b"test_secret",
               '{"s": "\U0001f600 \u4f60\u597d \u2028 \\u001b"}'.encode())
    for why, size in [("100 KiB", 100 << 10), ("1 MiB", 1 << 20), ("2.5 MiB", 5 << 19)]:
        yield case(f"{why} and a byte, over the limits that frameworks set", b"k", b"a" * (size + 1))


LEAD = b'{"event": "lead_collection", "data": {}}'


def signature_cases():
    good = digest(SECRET, LEAD)
    old = digest(OLD, LEAD)
    other = digest("another secret", LEAD)

    def case(why, values, expect, body=LEAD, **more):
        values = [value if isinstance(value, bytes) else value.encode() for value in values]
        return {"why": why, "body": literal(body), "values": [literal(value) for value in values], "expect": expect, **more}

    yield case("the digest", [good], "verified", secret=0)
    yield case("either case of the digits", [good.upper()], "verified", secret=0)
    yield case("mixed case", [good[:32].upper() + good[32:]], "verified", secret=0)
    yield case("the old secret during a rotation", [old], "verified", secret=1)
    yield case("blanks around the value, which HTTP trims", [f" \t{good}\t "], "verified", secret=0)
    yield case("the same header twice", [good, good], "verified", secret=0)
    yield case("joined by a framework", [f"{good}, {good}"], "verified", secret=0)
    yield case("empty parts are nothing", [f",{good}, ,"], "verified", secret=0)
    yield case("a blank header beside a good one", ["", good], "verified", secret=0)

    yield case("no header", [], "signature_missing")
    yield case("an empty header", [""], "signature_missing")
    yield case("a blank header", [" \t "], "signature_missing")
    yield case("nothing but commas", [",, ,"], "signature_missing")

    for why, value in [
        ("GitHub's prefix", f"sha256={good}"),
        ("a prefix in capitals", f"SHA256={good}"),
        ("Stripe's scheme", f"v1={good}"),
        ("0x in front", f"0x{good}"),
        ("base64", base64.b64encode(bytes.fromhex(good))),
        ("double quotes", f'"{good}"'),
        ("single quotes", f"'{good}'"),
        ("63 digits", good[:63]),
        ("65 digits", good + "0"),
        ("a SHA-1", good[:40]),
        ("a SHA-512", good * 2),
        ("8 digits", good[:8]),
        ("a blank inside", good[:32] + " " + good[32:]),
        ("junk behind", good[:62] + "zz"),
        ("a letter beyond f", "g" + good[1:]),
        ("a character outside ASCII", b"\xe9" + good[1:].encode()),
        ("UTF-8", "é" + good[2:]),
        ("a NUL", good[:63].encode() + b"\0"),
        ("a line end, which is no blank in HTTP", good.encode() + b"\n"),
        ("a no-break space, which is no blank in HTTP", good + "\u00a0"),
        ("digits of another script", "\u0660" * 32),
        ("64 KiB", "a" * 65536),
        ("only a sign", "-"),
    ]:
        yield case(why, [value], "signature_malformed")

    yield case("two different digests", [good, other], "signature_ambiguous")
    yield case("two different digests, joined", [f"{other},{good}"], "signature_ambiguous")
    yield case("two secrets' digests: one of them is still unexplained", [good, old], "signature_ambiguous")
    yield case("a good one and junk", [good, "junk"], "signature_ambiguous")
    yield case("the same digits in two spellings are two values", [good, good.upper()], "signature_ambiguous")

    yield case("another secret", [other], "signature_mismatch")
    yield case("64 zeros", ["0" * 64], "signature_mismatch")
    yield case("the first digit changed", [("0" if good[0] != "0" else "1") + good[1:]], "signature_mismatch")
    yield case("the last digit changed", [good[:-1] + ("0" if good[-1] != "0" else "1")], "signature_mismatch")
    yield case("the digest of the secret alone", [hashlib.sha256(SECRET.encode()).hexdigest()], "signature_mismatch")
    yield case("the bare hash of the body", [hashlib.sha256(LEAD).hexdigest()], "signature_mismatch")
    yield case("secret and body in the wrong order", [digest(LEAD, SECRET.encode())], "signature_mismatch")
    yield case("an empty key", [digest("", LEAD)], "signature_mismatch")
    for why, body in [
        ("a line end behind the body", LEAD + b"\n"),
        ("CRLF behind the body", LEAD + b"\r\n"),
        ("a byte order mark in front", b"\xef\xbb\xbf" + LEAD),
        ("re-serialised without blanks", b'{"event":"lead_collection","data":{}}'),
        ("keys in another order", b'{"data": {}, "event": "lead_collection"}'),
        ("an escape for the same letter", b'{"event": "\\u006cead_collection", "data": {}}'),
        ("indented", b'{\n  "event": "lead_collection",\n  "data": {}\n}'),
        ("one bit flipped", LEAD[:10] + bytes([LEAD[10] ^ 1]) + LEAD[11:]),
        ("cut short", LEAD[:-1]),
        ("nothing", b""),
    ]:
        yield case(f"the digest of another body: {why}", [good], "signature_mismatch", body=body)
    lines = b'{\n"event": "x"\n}'
    yield case("LF was signed, CRLF delivered", [digest(SECRET, lines)], "signature_mismatch",
               body=lines.replace(b"\n", b"\r\n"))
    composed = '{"event": "caf\u00e9"}'.encode()
    yield case("a composed letter was signed, a decomposed one delivered", [digest(SECRET, composed)],
               "signature_mismatch", body='{"event": "cafe\u0301"}'.encode())
    replaced = '{"event": "\ufffd"}'.encode()
    yield case("U+FFFD was signed, 0xFF delivered", [digest(SECRET, replaced)], "signature_mismatch",
               body=b'{"event": "\xff"}')

    for why, body, expect in [
        ("bytes that are no UTF-8", b'{"event": "\xff"}', "payload_not_json"),
        ("a byte order mark inside the signature", b"\xef\xbb\xbf" + LEAD, "payload_not_json"),
        ("nothing", b"", "payload_not_json"),
        ("text", b"hello", "payload_not_json"),
        ("200,000 levels", b"[" * 200_000, "payload_too_deep"),
        ("a list", b"[]", "payload_invalid"),
        ("an event of a kind to come", b'{"event": "voice_call_ended"}', "verified"),
        ("CRLF and blanks around, inside the signature", b"\r\n " + LEAD + b" \r\n", "verified"),
    ]:
        more = {"secret": 0} if expect == "verified" else {}
        yield case(f"rightly signed: {why}", [digest(SECRET, body)], expect, body=body, **more)


def fingerprint_cases():
    for secret in ("s", "It's a Secret to Everybody", "é€🔑", " s", "s\n"):
        yield {"why": f"{secret!r}", "secret": secret, "expect": digest(secret, b"chatislav-webhooks/fingerprint")[:8]}


def read(name):
    with open(name) as file:
        return json.load(file)


def check_events():
    """Python's json judges each body of event.json in the same way, but for depth and long numbers."""

    def refuse(constant):
        raise ValueError(constant)

    for case in read("event.json"):
        body, expect = case["body"], case["expect"]
        if expect == "payload_too_deep":
            continue
        try:
            text = bytes.fromhex(body["hex"]).decode() if isinstance(body, dict) else body
            value = json.loads(text, parse_constant=refuse)
            json.dumps(value, ensure_ascii=False).encode()  # Python passes lone surrogates: this does not.
        except ValueError:
            assert expect == "payload_not_json", case
            continue
        assert expect != "payload_not_json", case
        if not expect.startswith("payload_"):
            event = value["event"]
            assert expect == (event if event in ("lead_collection", "conversation_summary") else "unknown"), case
            assert case.get("event", event) == event, case
            for name in ("timestamp", "messages"):
                kind, text = (str, str) if name == "timestamp" else (list, json.loads)
                wanted = text(case[name]) if name in case else None
                assert wanted == (value.get(name) if isinstance(value.get(name), kind) else None), case


def check_timestamps():
    """Python's datetime comes to each instant; it is laxer, so the refusals are not held against it."""
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    for case in read("timestamp.json"):
        if case["expect"] is not None:
            instant = datetime.datetime.fromisoformat(case["text"])
            instant = instant if instant.tzinfo else instant.replace(tzinfo=datetime.timezone.utc)
            assert (instant - epoch) // datetime.timedelta(microseconds=1) == case["expect"], case


if __name__ == "__main__":
    check_events()
    check_timestamps()
    write("hmac.json", list(hmac_cases()))
    write("signature.json", list(signature_cases()))
    write("fingerprint.json", list(fingerprint_cases()))
