//! What anybody else could send is not taken.

use crate::alteration::{self, digits};
use crate::body;
use crate::case::Level::{Must, Should};
use crate::case::{Case, Group, Level};
use crate::play::Accept::{Answered, Either, Refusal};
use crate::play::Play::{self, Each};
use crate::recipe::{Recipe, Signing, Verb};

const fn case(level: Level, id: &'static str, requirement: &'static str, sends: &'static str, play: Play) -> Case {
    Case::new((Group::Refuses, level), id, requirement, sends, play)
}

/// In the shape that the endpoint was seen to take, so that nothing but the forgery is refused.
const LEAD: Recipe = Recipe::of(body::plain);

/// Of a body that `JSON.stringify` wrote; what is sent says the same in other bytes.
const STRINGIFIED: Recipe = Recipe::of(body::stringified);

const fn written(how: fn(&str) -> Vec<Vec<u8>>) -> Recipe {
    LEAD.signed(Signing::Written(how))
}

/// What stands where a secret was never set, or was meant to be replaced.
const COMMON: &[Recipe] = &[
    by_key("secret"),
    by_key("changeme"),
    by_key("undefined"),
    by_key("null"),
    by_key("None"),
    by_key("test"),
    by_key("password"),
    by_key("your-secret"),
    by_key("your_webhook_secret"),
    by_key("webhook-secret"),
    by_key("chatislav"),
    by_key("[object Object]"),
];

const fn by_key(key: &'static str) -> Recipe {
    LEAD.signed(Signing::Key(key))
}

pub(super) const CASES: &[Case] = &[
    case(
        Must,
        "C-03",
        "A request without a signature is refused.",
        "a lead without the header",
        Each(&[LEAD.signed(Signing::Absent)], Refusal),
    ),
    case(
        Must,
        "C-04/empty",
        "An empty signature is refused.",
        "a lead with an empty header",
        Each(&[LEAD.signed(Signing::Text(""))], Refusal),
    ),
    case(
        Must,
        "C-04/word",
        "A signature that is a word is refused.",
        "leads with `undefined`, `null`, `true` and `false` in the header",
        Each(
            &[
                LEAD.signed(Signing::Text("undefined")),
                LEAD.signed(Signing::Text("null")),
                LEAD.signed(Signing::Text("true")),
                LEAD.signed(Signing::Text("false")),
            ],
            Refusal,
        ),
    ),
    case(
        Must,
        "C-05",
        "A signature by another secret is refused.",
        "a lead signed with a secret drawn for it",
        Each(&[LEAD.signed(Signing::Other)], Refusal),
    ),
    case(
        Must,
        "C-05/method",
        "A signature by another secret is refused whichever the method.",
        "leads by POST and by PUT, signed with a secret drawn for each",
        Each(&[LEAD.by(Verb::Post).signed(Signing::Other), LEAD.by(Verb::Put).signed(Signing::Other)], Refusal),
    ),
    case(
        Must,
        "C-06/start",
        "A letter changed near the start of the body is noticed.",
        "a lead changed after it was signed",
        Each(&[LEAD.altered(alteration::start)], Refusal),
    ),
    case(
        Must,
        "C-06/middle",
        "A letter changed in the middle of the body is noticed.",
        "a lead changed after it was signed",
        Each(&[LEAD.altered(alteration::middle)], Refusal),
    ),
    case(
        Must,
        "C-06/end",
        "A letter changed near the end of the body is noticed.",
        "a lead changed after it was signed",
        Each(&[LEAD.altered(alteration::end)], Refusal),
    ),
    case(
        Must,
        "C-06/added",
        "A field added to the body is noticed.",
        "a lead with a field more than was signed",
        Each(&[LEAD.altered(alteration::added)], Refusal),
    ),
    case(
        Must,
        "C-08/compact",
        "Equal JSON without its blanks is not what was signed.",
        "a lead in the Python style, its blanks taken out after it was signed",
        Each(&[Recipe::of(body::dumped).altered(alteration::compacted)], Refusal),
    ),
    case(
        Must,
        "C-08/spaced",
        "Equal JSON with blanks in it is not what was signed.",
        "a lead without blanks, with some put in after it was signed",
        Each(&[STRINGIFIED.altered(alteration::spaced)], Refusal),
    ),
    case(
        Must,
        "C-08/escapes",
        "Equal JSON with other escapes is not what was signed.",
        r"a lead with é, written \u00e9 after it was signed",
        Each(&[STRINGIFIED.altered(alteration::escaped)], Refusal),
    ),
    case(
        Must,
        "C-08/number",
        "Equal JSON with a number written otherwise is not what was signed.",
        "a lead with 1, written 1.0 after it was signed",
        Each(&[STRINGIFIED.altered(alteration::fraction)], Refusal),
    ),
    case(
        Must,
        "C-08/repeated-key",
        "A key put in front of its double is not what was signed.",
        "a lead with a key doubled after it was signed",
        Each(&[STRINGIFIED.altered(alteration::repeated_key)], Refusal),
    ),
    case(
        Must,
        "C-08/newline",
        "A line feed behind the JSON is not what was signed.",
        "a lead with a line feed put behind it after it was signed",
        Each(&[LEAD.altered(alteration::newline)], Refusal),
    ),
    case(
        Should,
        "C-09/upper-case",
        "Upper-case digits are taken or refused, and nothing else.",
        "a lead whose signature has upper-case digits",
        Each(&[written(digits::upper_case)], Either),
    ),
    case(
        Should,
        "C-09/blanks",
        "Blanks around the signature are taken or refused, and nothing else.",
        "a lead whose signature stands between blanks and tabs",
        Each(&[written(digits::between_blanks)], Either),
    ),
    case(
        Should,
        "C-09/prefix",
        "A sha256= in front is not how Chatislav signs.",
        "a lead with sha256= in front of its signature",
        Each(&[written(digits::prefixed)], Refusal),
    ),
    case(
        Should,
        "C-09/base64",
        "A signature in base64 is not how Chatislav signs.",
        "a lead whose signature is in base64",
        Each(&[written(digits::base64)], Refusal),
    ),
    case(
        Must,
        "C-09/63-digits",
        "A signature that lacks a digit is refused.",
        "a lead with the first 63 digits of its signature",
        Each(&[written(digits::all_but_one)], Refusal),
    ),
    case(
        Must,
        "C-09/8-digits",
        "The beginning of a signature is refused.",
        "a lead with the first 8 digits of its signature",
        Each(&[written(digits::first_eight)], Refusal),
    ),
    case(
        Must,
        "C-09/65-digits",
        "A signature with a digit too many is refused.",
        "a lead with a digit behind its signature",
        Each(&[written(digits::one_more)], Refusal),
    ),
    case(
        Must,
        "C-09/non-hex",
        "A signature with letters that are no digits is refused.",
        "a lead with zz for the last two digits",
        Each(&[written(digits::not_hexadecimal)], Refusal),
    ),
    case(
        Must,
        "C-09/non-ascii",
        "A signature with a byte outside ASCII is refused.",
        "a lead with the byte E9 for the last digit",
        Each(&[written(digits::not_ascii)], Refusal),
    ),
    case(
        Must,
        "C-09/two-wrong",
        "Two wrong signatures are refused.",
        "a lead with the header twice, both wrong",
        Each(&[written(digits::two_wrong)], Refusal),
    ),
    case(
        Should,
        "C-09/wrong-first",
        "A wrong signature beside the genuine one is in doubt, and refused.",
        "a lead with the header twice: wrong, then genuine",
        Each(&[written(digits::wrong_then_genuine)], Refusal),
    ),
    case(
        Should,
        "C-09/genuine-first",
        "A wrong signature behind the genuine one is in doubt, and refused.",
        "a lead with the header twice: genuine, then wrong",
        Each(&[written(digits::genuine_then_wrong)], Refusal),
    ),
    case(
        Should,
        "C-09/64KiB",
        "A signature of 64 KiB is refused, with an answer: many servers drop what is over a limit.",
        "a lead with 65,536 digits in the header",
        Each(&[written(digits::huge)], Answered),
    ),
    case(
        Must,
        "C-11/unsigned",
        "Nothing at all, unsigned, is refused.",
        "an empty body without a signature",
        Each(&[Recipe::of(body::nothing).signed(Signing::Absent)], Refusal),
    ),
    case(
        Must,
        "C-12/empty-secret",
        "A signature by the empty secret is refused: everybody can make it.",
        "a lead signed with nothing, as by a variable that is not set",
        Each(&[by_key("")], Refusal),
    ),
    case(
        Must,
        "C-12/common-secret",
        "A signature by a secret that everybody tries is refused.",
        "leads signed with `secret`, `changeme`, `undefined`, `null`, `None`, `test` and their like",
        Each(COMMON, Refusal),
    ),
];
