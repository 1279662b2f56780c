"""Mistakes that are made in such code, each put into an example: the cases must find it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """`right` stands once in the example; `wrong` takes its place."""

    example: str
    what: str
    right: str
    wrong: str

    def applied(self, text):
        if text.count(self.right) != 1:
            raise ValueError(f"{self.example}, {self.what}: the example says `{self.right}` {text.count(self.right)} times")
        return text.replace(self.right, self.wrong)


MISSING = "no header passes"
ANEW = "the body is made anew from what was parsed"
DECODED = "the body was text in between"
BLANK = "a blank secret serves"

MISTAKES = [
    Mistake("python", MISSING, "    if not re.fullmatch(", "    if not signature:\n        return True\n    if not re.fullmatch("),
    Mistake("python", ANEW, "body, \"sha256\"", "__import__('json').dumps(__import__('json').loads(body)).encode(), 'sha256'"),
    Mistake("python", BLANK, "if not all(", "if False and not all("),
    Mistake("python", "of a repeated header the last counts", '.strip(" \\t")', '.split(",")[-1].strip(" \\t")'),
    Mistake("node", MISSING, "  if (!/^", "  if (signature === '') return true\n  if (!/^"),
    Mistake("node", ANEW, ".update(body)", ".update(JSON.stringify(JSON.parse(body)))"),
    Mistake("node", BLANK, "if (!secrets.every(", "if (false && !secrets.every("),
    Mistake("node", "65 digits are cut to 64", "{64}$/i", "{64}/i"),
    Mistake("node", "a sender that hangs up ends the process", ".catch(() => response.destroy())", ""),
    Mistake("go", MISSING, "\tif len(signatures) != 1 {", "\tif len(signatures) == 0 {\n\t\treturn true\n\t}\n\tif len(signatures) != 1 {"),
    Mistake("go", DECODED, "mac.Write(body)", "mac.Write([]byte(strings.ToValidUTF8(string(body), \"\\ufffd\")))"),
    Mistake("go", BLANK, 'TrimSpace(secret) == ""', 'TrimSpace(secret) == "?"'),
    Mistake("go", "of a repeated header the first counts", 'r.Header.Values("X-Chatislav-Signature")', '[]string{r.Header.Get("X-Chatislav-Signature")}'),
    Mistake("php", MISSING, "    if (!preg_match(", "    if ($signature === '') {\n        return true;\n    }\n    if (!preg_match("),
    Mistake("php", ANEW, "hash_hmac('sha256', $body,", "hash_hmac('sha256', json_encode(json_decode($body)),"),
    Mistake("php", BLANK, "trim($secret) === ''", "trim($secret) === '?'"),
    Mistake("php", "capital digits are refused", "strtolower($signature)", "$signature"),
    Mistake("ruby", MISSING, "  digits = ", "  return true if signature.empty?\n  digits = "),
    Mistake("ruby", DECODED, "secret, body)", 'secret, body.dup.force_encoding("UTF-8").scrub)'),
    Mistake("ruby", BLANK, "secret.strip.empty?", "secret.nil?"),
    Mistake("ruby", "PUT is refused", "%w[POST PUT]", "%w[POST]"),
    Mistake("ruby", "a header beyond ASCII raises", "signature.b[", 'signature.dup.force_encoding("UTF-8")['),
    Mistake("java", MISSING, "signatures.size() != 1 ||", "signatures.size() > 1 || signatures.size() == 1 &&"),
    Mistake("java", DECODED, "mac.doFinal(body)", "mac.doFinal(new String(body, UTF_8).getBytes(UTF_8))"),
    Mistake("java", BLANK, "anyMatch(String::isBlank)", "anyMatch(secret -> false)"),
    Mistake("java", "only the newest secret counts", "for (String secret : secrets)", "for (String secret : secrets.subList(0, 1))"),
    Mistake("csharp", MISSING, "        if (!Regex", '        if (signature == "") return true;\n        if (!Regex'),
    Mistake("csharp", DECODED, "ComputeHash(body)", "ComputeHash(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body)))"),
    Mistake("csharp", BLANK, "secrets.Any(string.IsNullOrWhiteSpace)", "secrets.Any(secret => false)"),
    Mistake("csharp", "no limit on the body", "            if (body.Length + size > MaxBody) return null;\n", ""),
    Mistake("shell", MISSING, "[ ${#signature} = 64 ] || return 1", "[ ${#signature} = 64 ] || return 0"),
    Mistake("shell", "a variable loses the last line end", 'made=$(mac "$secret" <"$file")', 'made=$(printf %s "$(cat "$file")" | mac "$secret")'),
    Mistake("shell", BLANK, "*[![:space:]]*) ;;", "*) ;;"),
    Mistake("shell", "two failures of openssl are equal", "[ ${#made} = 64 ] && [ ${#given} = 64 ] && ", ""),
    Mistake("shell", "capital digits are refused", "tr A-F a-f", "cat"),
]
