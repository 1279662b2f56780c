#!/usr/bin/env python3
"""Writes explain.json: each kind of mistake, made by the programs that make it.

JSON is written by Python's json and by Node; digests are made by Python's hmac, Node's crypto and
openssl in turn. Run it from this folder, with Python 3.11 or newer, node, jq and openssl:
python3 explain.py
"""

import base64
import gzip
import hashlib
import hmac
import itertools
import json
import subprocess
import urllib.parse

from generate import literal, write

SECRET = "It's a Secret to Everybody"
OLD = "whsec old"
HEADER = "x-chatislav-signature"

EVENT = {
    "event": "conversation_summary",
    "summary": {"title": "Umzug nach Łódź <heute> & morgen", "url": "https://example.com/a", "by": "Zoë 🚚", "turns": 7},
    "timestamp": "2026-06-23T12:00:00.000000",
    "messages": [{"role": "user", "content": "it's 5 + 5 = \"ten\"\n"}, {}, []],
}
PLAIN = {"event": "lead_collection", "data": {"bot_id": 123, "score": 1.0, "form_data": []}}
NESTED = {"event": "x", "a": [[1, 2], [], {"b": [{"c": {}}]}], "d": {"e": [3]}}
LATIN = {"event": "lead_collection", "data": {"name": "Zoë Müller"}}


def node(script, data):
    """What a line of JavaScript makes of bytes; `input` is a Buffer, `text` its text."""
    program = (
        "const input = require('fs').readFileSync(0), text = input.toString();"
        f"const out = {script}; process.stdout.write(out)"
    )
    return subprocess.run(["node", "-e", program], input=data, stdout=subprocess.PIPE, check=True).stdout


def jq(flag, data):
    return subprocess.run(["jq", flag, "."], input=data, stdout=subprocess.PIPE, check=True).stdout


def by_python(secret, data):
    return hmac.new(secret, data, hashlib.sha256).hexdigest()


def by_node(secret, data):
    key = secret.hex()
    script = f"require('crypto').createHmac('sha256', Buffer.from('{key}', 'hex')).update(input).digest('hex')"
    return node(script, data).decode()


def by_openssl(secret, data, algorithm="sha256"):
    command = ["openssl", "dgst", f"-{algorithm}", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}"]
    out = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    return out.decode().split()[-1]


signers = itertools.cycle([by_python, by_node, by_openssl])


def sign(secret, data):
    # openssl takes no empty key.
    return next(signers)(secret, data) if secret else by_python(secret, data)


def case(why, signed, body, expect, *, key=None, secrets=(SECRET,), headers=None, **more):
    """`signed` was signed with `key`, or `headers` came; `body` and `secrets` are at hand."""
    key = secrets[0].encode() if key is None else key
    headers = [[HEADER, sign(key, signed)]] if headers is None else headers
    return {
        "why": why,
        "body": literal(body),
        "headers": headers,
        "secrets": [literal(secret) if isinstance(secret, bytes) else secret for secret in secrets],
        "expect": expect,
        **more,
    }


def dumps(value, **options):
    return json.dumps(value, **options).encode()


COMPACT = {"separators": (",", ":")}


def php(value):
    return dumps(value, **COMPACT).replace(b"/", b"\\/")


def go(value):
    text = json.dumps(value, ensure_ascii=False, **COMPACT)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def jackson(value, depth=0):
    """As Jackson's DefaultPrettyPrinter writes, after its source: an array stands on one line, and goes in no deeper."""
    if isinstance(value, list):
        return "[ " + ", ".join(jackson(item, depth) for item in value) + " ]" if value else "[ ]"
    if isinstance(value, dict):
        line = "\n" + "  " * depth
        fields = [f"{line}  {jackson(name)} : {jackson(field, depth + 1)}" for name, field in value.items()]
        return "{" + ",".join(fields) + line + "}" if value else "{ }"
    return json.dumps(value, ensure_ascii=False)


def escaped(text, characters, digits="{:04x}"):
    return "".join("\\u" + digits.format(ord(c)) if c in characters else c for c in text)


def gson(value):
    """As Gson writes with its HTML-safe default, after its source."""
    return escaped(json.dumps(value, ensure_ascii=False, **COMPACT), "<>&='\u2028\u2029").encode()


def net(value, **options):
    """As System.Text.Json writes with its default encoder, after its source."""
    text = json.dumps(value, ensure_ascii=False, **options).replace('\\"', "\\u0022")
    wide = text.encode("utf-16-be")
    units = "".join(chr(wide[at] << 8 | wide[at + 1]) for at in range(0, len(wide), 2))
    return escaped(units, {c for c in units if c > "~" or c in "<>&'+`"}, "{:04X}").encode()


def writings():
    """The sender signed its own style; the app verified what it wrote itself, or the reverse."""
    sent = dumps(EVENT)
    ours = node("JSON.stringify(JSON.parse(text))", sent)
    yield case("an app that verifies JSON.stringify(req.body)", sent, ours, "json_python", offset=9, line=1, column=10)
    yield case("a sender that signs JSON.stringify of what it sends in Python's style", ours, sent, "json_javascript", offset=9)
    for name, code, signed in [
        ("ensure_ascii=False", "json_python_unicode", dumps(EVENT, ensure_ascii=False)),
        ("separators without blanks", "json_python_compact", dumps(EVENT, **COMPACT)),
        ("indent=2", "json_python_indented_2", dumps(EVENT, indent=2)),
        ("indent=4", "json_python_indented_4", dumps(EVENT, indent=4)),
        ("sort_keys", "json_sorted_python", dumps(EVENT, sort_keys=True)),
        ("sort_keys without blanks", "json_sorted_python_compact", dumps(EVENT, sort_keys=True, **COMPACT)),
        ("sort_keys, ensure_ascii=False", "json_sorted_python_unicode", dumps(EVENT, sort_keys=True, ensure_ascii=False)),
        ("all three", "json_sorted", dumps(EVENT, sort_keys=True, ensure_ascii=False, **COMPACT)),
        ("sort_keys, indent=4", "json_sorted_python_indented_4", dumps(EVENT, sort_keys=True, indent=4)),
    ]:
        yield case(f"json.dumps with {name} was signed", signed, ours, code)
    for script, code in [
        ("JSON.stringify(JSON.parse(text), null, 2)", "json_indented_2"),
        ("JSON.stringify(JSON.parse(text), null, 4)", "json_indented_4"),
        ("JSON.stringify(JSON.parse(text), null, '\\t')", "json_indented_tab"),
    ]:
        yield case(f"{script} was signed", node(script, sent), sent, code)
    indented = node("JSON.stringify(JSON.parse(text), null, 2)", sent)
    yield case("one verifies what jq has indented", sent, indented, "json_python", offset=1, line=1, column=2)
    yield case("one verifies a file that jq has indented", sent, indented + b"\n", "json_python")
    yield case("an indented file with its line end was signed", indented + b"\n", ours, "json_indented_2+body_line_end_added")
    yield case("PHP's json_encode was signed, after its documentation", php(EVENT), sent, "json_php")
    yield case("PHP verifies json_encode($data)", sent, php(EVENT), "json_python")
    yield case("JSON_UNESCAPED_UNICODE was signed", ours.replace(b"/", b"\\/"), sent, "json_php_unicode")
    yield case("JSON_PRETTY_PRINT was signed", dumps(EVENT, indent=4).replace(b"/", b"\\/"), sent, "json_php_indented")
    yield case("Go's Marshal was signed, after its documentation", go(EVENT), sent, "json_go")
    yield case("Go's map was signed", go(json.loads(json.dumps(EVENT, sort_keys=True))), sent, "json_sorted_go")
    yield case("Gson was signed, after its source", gson(EVENT), sent, "json_gson")
    yield case("Jackson's pretty printer was signed, after its source", jackson(EVENT).encode(), sent, "json_jackson")
    yield case("Java verifies what Jackson's pretty printer wrote", sent, jackson(EVENT).encode(), "json_python")
    yield case("Jackson's pretty printer was signed, with arrays in arrays", jackson(NESTED).encode(), dumps(NESTED), "json_jackson")
    yield case(".NET's JsonSerializer was signed, after its source", net(EVENT, **COMPACT), sent, "json_net")
    windows = net(EVENT, indent=2).replace(b"\n", b"\r\n")
    yield case(".NET's indentation was signed, after its source", windows, sent, "json_net_indented")
    yield case("jq --sort-keys was signed", jq("--sort-keys", sent), sent, "json_sorted_indented_2+body_line_end_added")
    yield case("jq --sort-keys was signed, without its line end", jq("--sort-keys", sent).rstrip(), sent, "json_sorted_indented_2")
    loose = b'{"event" : "x",  "name":"Zo\xc3\xab"}'
    yield case("odd spacing, escapes were signed", loose.replace(b"\xc3\xab", b"\\u00eb"), loose, "json_escaped", offset=27, column=28)
    yield case("odd spacing, characters were signed", loose, loose.replace(b"\xc3\xab", b"\\u00eb"), "json_unescaped")
    yield case("odd spacing, slashes were escaped", b'{"a" :"\\/x\\/"}', b'{"a" :"/x/"}', "slashes_escaped", offset=7)
    yield case("odd spacing, slashes were not escaped", b'{"a" :"/x/", "b":"\\\\/"}', b'{"a" :"\\/x\\/", "b":"\\\\\\/"}', "slashes_unescaped")
    numbers = node("JSON.stringify(JSON.parse(text))", dumps(PLAIN))
    yield case("JSON.stringify turned 1.0 into 1", dumps(PLAIN), numbers, "json_points")
    yield case("JSON.stringify of a 1.0 was signed", numbers, dumps(PLAIN), "json_numbers")


def texts():
    sent, latin = dumps(EVENT), dumps(LATIN, ensure_ascii=False)
    lines = dumps(EVENT, indent=2)
    yield case("nothing is wrong", sent, sent, "none")
    yield case("nothing is wrong but that the old secret signs", sent, sent, "none", key=OLD.encode(), secrets=(SECRET, OLD), secret=1)
    yield case("a line end was saved with the file", sent, sent + b"\n", "body_line_end_dropped", offset=len(sent))
    yield case("CRLF was saved with the file", sent, sent + b"\r\n", "body_line_end_dropped")
    yield case("echo signed a line end", sent + b"\n", sent, "body_line_end_added", offset=len(sent))
    yield case("a line end with CR was signed", sent + b"\r\n", sent, "body_line_end_added")
    yield case("blanks around were trimmed before signing", sent, b"\r\n " + sent + b" ", "body_trimmed", offset=0)
    yield case("git gave the file CRLF", lines, lines.replace(b"\n", b"\r\n"), "body_lf", offset=1)
    yield case("CRLF was signed", lines.replace(b"\n", b"\r\n"), lines, "body_crlf")
    yield case("an editor put a byte order mark in front", sent, b"\xef\xbb\xbf" + sent, "body_bom_dropped", offset=0)
    yield case("a byte order mark was signed", b"\xef\xbb\xbf" + sent, sent, "body_bom_added")
    yield case("UTF-8 was decoded as Latin-1 and encoded again", latin, latin.decode("latin-1").encode(), "latin1_undone")
    smart = dumps({"event": "x", "a": "“Zoë” – 5 €"}, ensure_ascii=False)
    # 0x9D has no character in Windows-1252; browsers take it for U+009D.
    mojibake = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in smart).encode()
    yield case("UTF-8 was decoded as Windows-1252 and encoded again", smart, mojibake, "windows1252_undone")
    yield case("Node's latin1 was signed", node("Buffer.from(input.toString('latin1'))", latin), latin, "latin1_decoded")
    yield case("Windows-1252 was signed", mojibake, smart, "windows1252_decoded")
    yield case("the body was turned into Latin-1", latin, latin.decode().encode("latin-1"), "latin1_decoded")
    broken = b'{"event": "x", "a": "\xff\xfe"}'
    yield case("Node's toString replaced bytes that are no UTF-8", node("text", broken), broken, "utf8_replaced")
    yield case("[object Object] was signed", b"[object Object]", sent, "body_placeholder")
    yield case("an empty body was signed", b"", sent, "body_empty", offset=0)
    long = dumps({"event": "x", "a": "b" * 3000})
    yield case("only the first KiB was signed", long[:1024], long, "body_cut", offset=1024)
    yield case("AWS Lambda's base64 was left undecoded", sent, base64.b64encode(sent), "base64_decoded", offset=0)
    yield case("base64 in lines", sent, base64.encodebytes(sent), "base64_decoded")
    yield case("base64 was signed", base64.b64encode(sent), sent, "base64_encoded")
    quoted = node("JSON.stringify(text)", latin)
    yield case("JSON.stringify of a text", latin, quoted, "string_undone")
    yield case("JSON.stringify of a text was signed", quoted, latin, "string_javascript")
    yield case("json.dumps of a text was signed", dumps(latin.decode()), latin, "string_python")
    form = urllib.parse.urlencode({"payload": sent.decode()}).encode()
    yield case("the JSON came in a form", sent, form, "form_undone")
    yield case("the JSON was the name of a form's field", sent, urllib.parse.quote_plus(sent).encode() + b"=", "form_undone")
    yield case("a form was signed", form, sent, "form_encoded")
    yield case("percent-encoding was signed", urllib.parse.quote(sent, safe="").encode(), sent, "percent_encoded")
    yield case("str() of bytes in Python", latin, str(latin).encode(), "repr_undone", offset=0)
    yield case("str() of bytes with an apostrophe", sent, str(sent).encode(), "repr_undone")


def secrets():
    sent = dumps(EVENT)
    digits = "8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d"
    for why, signer, ours, expect in [
        ("a blank in front of ours", "s3cret", " s3cret", "secret_trimmed"),
        ("a line end behind ours", "s3cret", "s3cret\r\n", "secret_trimmed"),
        ("ours stands in quotes", "s3cret", '"s3cret"', "secret_unquoted"),
        ("ours has its name in front", "s3cret", "CHATISLAV_WEBHOOK_SECRET=s3cret", "secret_name_dropped"),
        ("ours is a line of a shell's", "s3cret", "export SECRET='s3cret'\n", "secret_name_dropped"),
        ("a byte order mark in front of ours", "s3cret", "\ufeffs3cret", "secret_bom_dropped"),
        ("the signer's has a line end", "s3cret\n", "s3cret", "secret_line_end"),
        ("the signer's has a blank", "s3cret ", "s3cret", "secret_blank"),
        ("the signer's stands in quotes", "'s3cret'", "s3cret", "secret_quoted"),
        ("the signer decodes hexadecimal digits", bytes.fromhex(digits), digits, "secret_hex_decoded"),
        ("the signer decodes base64", b"\xfb\xef\xbe\x00\x01\x02\x03", "++++AAECAw==", "secret_base64_decoded"),
        ("the signer decodes base64 behind whsec_", b"\xfb\xef\xbe\x00", "whsec_----AA", "secret_base64_decoded"),
        ("the signer leaves whsec_ out", "s3cret!", "whsec_s3cret!", "secret_prefix_dropped"),
        ("the signer encodes as hexadecimal digits", "s3cret".encode().hex(), "s3cret", "secret_hex_encoded"),
        ("the signer encodes as base64", base64.b64encode(b"s3cret").decode(), "s3cret", "secret_base64_encoded"),
        ("the signer has lower case", digits, digits.upper(), "secret_lower_case"),
        ("the signer has upper case", digits.upper(), digits, "secret_upper_case"),
        ("ours has a character too many", digits, digits + "a", "secret_shortened"),
        ("the signer has no secret", "", "s3cret", "secret_empty"),
        ("the signer's variable is not set, in JavaScript", "undefined", "s3cret", "secret_unset"),
        ("the signer's variable is not set, in Python", "None", "s3cret", "secret_unset"),
    ]:
        key = signer if isinstance(signer, bytes) else signer.encode()
        yield case(why, sent, sent, expect, key=key, secrets=(ours,))
    yield case("a change of the old secret", sent, sent, "secret_trimmed", key=OLD.encode(), secrets=(SECRET, OLD + "\n"), secret=1)
    ours = node("JSON.stringify(JSON.parse(text))", sent)
    yield case("two mistakes at once", sent, ours, "json_python+secret_trimmed", key=b"s3cret", secrets=("s3cret\n",))
    yield case("re-serialised, and the old secret", sent, ours, "json_python", key=OLD.encode(), secrets=(SECRET, OLD), secret=1)
    yield case("a line end, and a quoted secret", sent + b"\n", sent, "body_line_end_added+secret_unquoted", key=b"s3cret", secrets=('"s3cret"',))


def headers():
    sent, key = dumps(PLAIN), SECRET.encode()
    ours = node("JSON.stringify(JSON.parse(text))", dumps(LATIN))
    good = by_openssl(key, sent)
    other = by_openssl(b"another secret", sent)
    long = by_openssl(key, sent, "sha512")
    hash256 = lambda data: hashlib.sha256(data).hexdigest()
    for why, value, expect in [
        ("GitHub's prefix", f"sha256={good}", "header_prefix"),
        ("Stripe's prefix", f"v1={good}", "header_prefix"),
        ("0x in front", f"0x{good}", "header_prefix"),
        ("the name of the hash in front", f"HMAC-SHA256 {good}", "header_prefix"),
        ("base64", base64.b64encode(bytes.fromhex(good)).decode(), "header_base64"),
        ("base64 for URLs, without padding", base64.urlsafe_b64encode(bytes.fromhex(good)).decode().rstrip("="), "header_base64"),
        ("base64 of the digits", base64.b64encode(good.encode()).decode(), "header_base64"),
        ("a prefix and base64", "sha256=" + base64.b64encode(bytes.fromhex(good)).decode(), "header_prefix+header_base64"),
        ("quotes", f'"{good}"', "header_quoted"),
        ("upper case is right", good.upper(), "none"),
        ("a line end", f"{good}\n", "header_blanks"),
        ("colons between pairs of digits", ":".join(good[at : at + 2] for at in range(0, 64, 2)), "header_separated"),
        ("a digit is missing", good[:63], "header_cut"),
        ("half of the digits", good[:32], "header_cut"),
        ("a digit too many", good + "0", "header_long"),
        ("openssl's stdin behind the digits", f"{good} *stdin", "header_long"),
        ("two values", f"{other}, {good}", "header_several"),
        ("HMAC-SHA512", long, "digest_sha512"),
        ("HMAC-SHA512 in base64", base64.b64encode(bytes.fromhex(long)).decode(), "header_base64+digest_sha512"),
        ("the plain hash of the body", hash256(sent), "digest_body"),
        ("the hash of secret and body", hash256(key + sent), "digest_secret_body"),
        ("the hash of body and secret", hash256(sent + key), "digest_body_secret"),
        ("key and message swapped", by_openssl(sent, key), "digest_swapped"),
        ("HMAC of the digits of the hash", by_openssl(key, hash256(sent).encode()), "digest_hashed_body"),
    ]:
        yield case(why, sent, sent, expect, headers=[[HEADER, value]])
    yield case("GitHub's name and prefix", sent, sent, "header_name+header_prefix", headers=[["X-Hub-Signature-256", f"sha256={good}"]])
    prefixed = [[HEADER, "sha256=" + by_node(b"s3cret", dumps(LATIN))]]
    yield case("three mistakes at once", b"", ours, "json_python+secret_trimmed+header_prefix", headers=prefixed, secrets=("s3cret ",))


def nothing():
    """Nothing reproduces these; `sees` are the observations."""
    sent = dumps(EVENT)
    good = by_python(SECRET.encode(), sent)
    for why, body, value, sees in [
        ("another secret", sent, by_openssl(b"another secret", sent), []),
        ("another content", dumps(LATIN), good, []),
        ("one bit flipped", sent[:99] + bytes([sent[99] ^ 1]) + sent[100:], good, []),
        ("64 zeros", sent, "0" * 64, []),
        ("random digits", sent, hashlib.sha256(b"random").hexdigest(), []),
        ("a SHA-1", sent, by_openssl(SECRET.encode(), sent, "sha1"), ["signature_malformed"]),
        ("an MD5", sent, by_openssl(SECRET.encode(), sent, "md5"), ["signature_malformed"]),
        ("15 digits, which would fit by chance", sent, good[:15], ["signature_malformed"]),
        ("no header", sent, None, ["signature_missing"]),
        ("another content, re-serialised", node("JSON.stringify(JSON.parse(text))", dumps(LATIN)), good, ["body_rewritten"]),
        ("gzip", gzip.compress(sent, mtime=0), good, ["body_compressed"]),
        ("an empty body", b"", good, ["body_empty"]),
        ("an object's name", b"[object Object]", good, ["body_object"]),
        ("str() of a dict", str(LATIN).encode(), good, ["body_python_name"]),
        ("a multipart form", b"--x\r\n\r\n--x--", good, ["body_multipart"]),
        ("UTF-16", sent.decode().encode("utf-16-le"), good, ["body_utf16"]),
        ("cut at a kilobyte", dumps({"a": "b" * 3000})[:1000], good, ["body_cut"]),
        ("text", b"hello", good, ["body_not_json"]),
        ("bytes that are no UTF-8", b'{"a": "\xff"}', good, ["body_not_json", "body_not_utf8"]),
        ("characters that are lost", '{"a": "\ufffd"}'.encode(), good, ["body_replaced", "body_rewritten"]),
    ]:
        given = [] if value is None else [[HEADER, value]]
        yield case(f"nothing fits: {why}", sent, body, None, headers=given, sees=sees)
    inflated = [[HEADER, by_python(SECRET.encode(), gzip.compress(sent, mtime=0))], ["Content-Encoding", "gzip"]]
    yield case("nothing fits: gzip was signed and undone", sent, sent, None, headers=inflated, sees=["body_inflated"])
    yield case("nothing fits: a secret that looks wrong", sent, sent, None, headers=[[HEADER, "0" * 64]],
               secrets=(SECRET, "'quoted'"), sees=["secret_suspicious"])


if __name__ == "__main__":
    write("explain.json", [*writings(), *texts(), *secrets(), *headers(), *nothing()])
