//! The answer makes the sender do the right thing, and tells strangers nothing.

use crate::body;
use crate::case::Level::{Info, Must, Should};
use crate::case::{Case, Group, Level};
use crate::play::Accept::{Settled, Told};
use crate::play::Play::{self, Duplicate, Each, Row};
use crate::play::{Audit, RowRule};
use crate::recipe::{Recipe, Verb};

const fn case(level: Level, id: &'static str, requirement: &'static str, sends: &'static str, play: Play) -> Case {
    Case::new((Group::Answers, level), id, requirement, sends, play)
}

const ALL_FORGERIES: &str = "every forgery of the group `refuses`, once";
const ROW: &str = "50 leads, one after the other";

pub(super) const CASES: &[Case] = &[
    case(
        Must,
        "C-15/again",
        "A delivery that comes again is answered 2xx: retries repeat the same bytes.",
        "the same lead twice, one after the other",
        Duplicate { at_once: false },
    ),
    case(
        Must,
        "C-15/at-once",
        "A delivery that comes twice at once is taken, or put off by a 5xx and taken when it comes again.",
        "the same lead twice, at once",
        Duplicate { at_once: true },
    ),
    case(Should, "C-17/swift", "Answers come within 5 s: answer first and work afterwards.", ROW, Row(RowRule::Swift)),
    case(
        Must,
        "C-19",
        "No forgery is answered 3xx: a redirect to a login is no refusal.",
        ALL_FORGERIES,
        Play::Audit(Audit::Redirect),
    ),
    case(
        Must,
        "C-20/status",
        "No forgery is answered 5xx: that asks the sender to try again.",
        ALL_FORGERIES,
        Play::Audit(Audit::ServerError),
    ),
    case(
        Must,
        "C-20/dropped",
        "Every forgery is answered: a dropped connection asks the sender to try again.",
        ALL_FORGERIES,
        Play::Audit(Audit::Dropped),
    ),
    case(
        Must,
        "C-21/digest",
        "The answer to a forgery does not hold the signature that was expected.",
        ALL_FORGERIES,
        Play::Audit(Audit::Digest),
    ),
    case(
        Must,
        "C-21/secret",
        "The answer to a forgery does not hold the secret.",
        ALL_FORGERIES,
        Play::Audit(Audit::Secret),
    ),
    case(
        Should,
        "C-21/stack",
        "The answer to a forgery holds no stack trace.",
        ALL_FORGERIES,
        Play::Audit(Audit::Stack),
    ),
    case(
        Info,
        "C-22",
        "How long a refusal takes, by where the signature is wrong; that a comparison takes constant time, only its code shows.",
        "a lead with a signature that is wrong in its first digit, and with one that is in its last, 20 times each",
        Play::Timing,
    ),
    case(
        Should,
        "C-23/get",
        "A GET does not bring it down.",
        "a GET without a body",
        Each(&[Recipe::bare(Verb::Get)], Settled),
    ),
    case(
        Should,
        "C-23/head",
        "A HEAD does not bring it down.",
        "a HEAD without a body",
        Each(&[Recipe::bare(Verb::Head)], Settled),
    ),
    case(
        Should,
        "C-23/options",
        "An OPTIONS does not bring it down.",
        "an OPTIONS without a body",
        Each(&[Recipe::bare(Verb::Options)], Settled),
    ),
    case(
        Info,
        "C-25",
        "What it makes of a delivery of yesterday: the scheme signs no time, so only a deduplicator stops a replay.",
        "a lead of yesterday, signed then",
        Each(&[Recipe::of(body::plain).aged(86_400)], Told),
    ),
];
