//! What becomes of a body or a signature after it was signed.

/// A letter of the bot's name, which stands near the start of a lead.
pub(crate) fn start(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, "Assistant", "Assistent")
}

/// A letter of the e-mail address, which stands in its middle.
pub(crate) fn middle(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, "zoe@example.com", "zoe@exemple.com")
}

/// A letter of the last message, which stands near its end.
pub(crate) fn end(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, "you a quote?", "you a quota?")
}

/// A field more, in front of the final brace.
pub(crate) fn added(mut body: Vec<u8>) -> Vec<u8> {
    if body.last() == Some(&b'}') {
        body.pop();
        body.extend_from_slice(br#", "admin": true}"#);
    }
    body
}

/// A line feed more, which no JSON parser sees.
pub(crate) fn newline(mut body: Vec<u8>) -> Vec<u8> {
    body.push(b'\n');
    body
}

/// A blank behind each colon, where there was none.
pub(crate) fn spaced(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, "\":", "\": ")
}

/// No blank behind colons and commas.
pub(crate) fn compacted(body: Vec<u8>) -> Vec<u8> {
    replaced(replaced(&body, "\": ", "\":").as_slice(), ", \"", ",\"")
}

/// The letter é as an escape.
pub(crate) fn escaped(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, "é", "\\u00e9")
}

/// The number 1 as `1.0`.
pub(crate) fn fraction(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, r#""score":1"#, r#""score":1.0"#)
}

/// A key twice; parsers keep the last.
pub(crate) fn repeated_key(body: Vec<u8>) -> Vec<u8> {
    replaced(&body, r#""score":1"#, r#""score":2,"score":1"#)
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(from, to).into_bytes()
}

/// The ways in which a signature's digits are written otherwise.
pub(crate) mod digits {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    pub(crate) fn upper_case(digits: &str) -> Vec<Vec<u8>> {
        vec![digits.to_ascii_uppercase().into_bytes()]
    }

    pub(crate) fn between_blanks(digits: &str) -> Vec<Vec<u8>> {
        vec![format!(" \t{digits} \t").into_bytes()]
    }

    pub(crate) fn prefixed(digits: &str) -> Vec<Vec<u8>> {
        vec![format!("sha256={digits}").into_bytes()]
    }

    pub(crate) fn base64(digits: &str) -> Vec<Vec<u8>> {
        vec![STANDARD.encode(hex::decode(digits).unwrap_or_default()).into_bytes()]
    }

    pub(crate) fn all_but_one(digits: &str) -> Vec<Vec<u8>> {
        vec![digits.get(..63).unwrap_or_default().into()]
    }

    pub(crate) fn first_eight(digits: &str) -> Vec<Vec<u8>> {
        vec![digits.get(..8).unwrap_or_default().into()]
    }

    pub(crate) fn one_more(digits: &str) -> Vec<Vec<u8>> {
        vec![format!("{digits}0").into_bytes()]
    }

    /// The last two digits are none: a lenient decoder stops before them.
    pub(crate) fn not_hexadecimal(digits: &str) -> Vec<Vec<u8>> {
        vec![format!("{}zz", digits.get(..62).unwrap_or_default()).into_bytes()]
    }

    pub(crate) fn first_wrong(digits: &str) -> Vec<Vec<u8>> {
        vec![wrong_at(digits, 0)]
    }

    pub(crate) fn last_wrong(digits: &str) -> Vec<Vec<u8>> {
        vec![wrong_at(digits, 63)]
    }

    fn wrong_at(digits: &str, place: usize) -> Vec<u8> {
        let mut value = digits.as_bytes().to_vec();
        if let Some(digit) = value.get_mut(place) {
            *digit = if *digit == b'0' { b'1' } else { b'0' };
        }
        value
    }

    /// A byte that is no ASCII, and no UTF-8 either.
    pub(crate) fn not_ascii(digits: &str) -> Vec<Vec<u8>> {
        let mut value = digits.as_bytes().to_vec();
        if let Some(last) = value.last_mut() {
            *last = 0xE9;
        }
        vec![value]
    }

    pub(crate) fn wrong_then_genuine(digits: &str) -> Vec<Vec<u8>> {
        vec!["0".repeat(64).into_bytes(), digits.into()]
    }

    pub(crate) fn genuine_then_wrong(digits: &str) -> Vec<Vec<u8>> {
        vec![digits.into(), "0".repeat(64).into_bytes()]
    }

    pub(crate) fn two_wrong(_: &str) -> Vec<Vec<u8>> {
        vec!["0".repeat(64).into_bytes(), "1".repeat(64).into_bytes()]
    }

    pub(crate) fn huge(_: &str) -> Vec<Vec<u8>> {
        vec!["0".repeat(64 << 10).into_bytes()]
    }
}
