//! How a program writes JSON, and which of its habits a given payload can show.

use crate::json::{Json, Token};

/// Characters that a program writes as escapes though JSON does not demand it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) struct Escapes(u16);

impl Escapes {
    /// Only what JSON demands (RFC 8259 section 7).
    pub(in crate::explain) const NONE: Escapes = Escapes(0);
    /// `\uXXXX` for everything outside ASCII.
    pub(in crate::explain) const OUTSIDE_ASCII: Escapes = Escapes(1);
    pub(in crate::explain) const DELETE: Escapes = Escapes(1 << 1);
    /// U+2028 and U+2029, which end a line in JavaScript.
    pub(in crate::explain) const LINE_ENDS: Escapes = Escapes(1 << 2);
    /// `\/`.
    pub(in crate::explain) const SLASH: Escapes = Escapes(1 << 3);
    /// `<`, `>` and `&`.
    pub(in crate::explain) const HTML: Escapes = Escapes(1 << 4);
    pub(in crate::explain) const APOSTROPHE: Escapes = Escapes(1 << 5);
    pub(in crate::explain) const EQUALS: Escapes = Escapes(1 << 6);
    /// `+` and the backtick.
    pub(in crate::explain) const PLUS: Escapes = Escapes(1 << 7);
    /// `\u0022` rather than `\"`.
    pub(in crate::explain) const QUOTE: Escapes = Escapes(1 << 8);
    /// Hexadecimal digits of escapes in upper case.
    pub(in crate::explain) const UPPER_CASE: Escapes = Escapes(1 << 9);
    /// The control characters without a short escape, which everybody writes as `\uXXXX`.
    const CONTROL: Escapes = Escapes(1 << 10);

    pub(in crate::explain) const fn and(self, other: Escapes) -> Self {
        Escapes(self.0 | other.0)
    }

    pub(in crate::explain) const fn have(self, other: Escapes) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether none of them is of printable ASCII.
    pub(super) const fn only_outside_ascii(self) -> bool {
        self.0 & !(Escapes::OUTSIDE_ASCII.0 | Escapes::LINE_ENDS.0 | Escapes::UPPER_CASE.0) == 0
    }

    /// Which of the escapes a character is a case for.
    pub(super) const fn of(c: char) -> Self {
        match c {
            '/' => Escapes::SLASH,
            '<' | '>' | '&' => Escapes::HTML,
            '\'' => Escapes::APOSTROPHE,
            '=' => Escapes::EQUALS,
            '+' | '`' => Escapes::PLUS,
            '"' => Escapes::QUOTE,
            '\u{7F}' => Escapes::DELETE,
            '\u{2028}' | '\u{2029}' => Escapes::LINE_ENDS.and(Escapes::OUTSIDE_ASCII),
            '\0'..='\u{1F}' => Escapes::CONTROL,
            '\u{80}'.. => Escapes::OUTSIDE_ASCII,
            _ => Escapes::NONE,
        }
    }
}

/// What stands between the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Layout {
    /// What stood there before.
    Kept,
    OneLine {
        comma: &'static str,
        colon: &'static str,
    },
    Indented {
        by: &'static str,
        line_end: &'static str,
        colon: &'static str,
        arrays: Arrays,
    },
}

/// What an indented layout makes of arrays, and of what is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Arrays {
    /// As objects: an item a line. What is empty has nothing in it.
    Indented,
    /// As Jackson has them: `[ 1, 2 ]`, and nothing in them goes in deeper for it. What is empty has a blank in it.
    OneLine,
}

/// What becomes of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Numbers {
    Kept,
    /// As JavaScript has them: `1.0` is `1`, `1.50` is `1.5`.
    Shortened,
    /// With `.0` behind each whole number whose bit is set, counted from the first, or behind each of
    /// them if all bits are: what JavaScript took away.
    WithPoint(u64),
}

/// How a program writes JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) struct Style {
    pub(in crate::explain) layout: Layout,
    pub(in crate::explain) escapes: Escapes,
    pub(in crate::explain) is_sorted: bool,
    pub(in crate::explain) numbers: Numbers,
}

/// Which habits show in a payload: most styles then come to the same bytes, which need no second try.
#[derive(Clone, Copy, Debug)]
pub(in crate::explain) struct Habits {
    escapes: Escapes,
    shortens: bool,
    /// How many whole numbers there are.
    pub(in crate::explain) whole: u32,
}

impl Habits {
    pub(in crate::explain) fn of(json: Json<'_>) -> Self {
        let mut habits = Habits { escapes: Escapes::NONE, shortens: false, whole: 0 };
        for token in json.tokens() {
            match token {
                Token::Text(text) => {
                    for c in text.chars() {
                        habits.escapes = habits.escapes.and(Escapes::of(c));
                    }
                }
                Token::Number(number) if is_whole(number) => habits.whole = habits.whole.saturating_add(1),
                Token::Number(number) => habits.shortens |= shortened(number) != number,
                _ => {}
            }
        }
        habits
    }

    /// The style without what does not show here.
    pub(in crate::explain) fn shown(&self, mut style: Style) -> Style {
        let visible = if self.escapes.have(style.escapes.and(Escapes::CONTROL)) {
            self.escapes.and(Escapes::UPPER_CASE)
        } else {
            self.escapes
        };
        style.escapes = Escapes(style.escapes.0 & visible.0);
        if style.numbers == Numbers::Shortened && !self.shortens {
            style.numbers = Numbers::Kept;
        }
        style
    }
}

pub(super) fn is_whole(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// A number without zeros at the end of its fraction.
pub(super) fn shortened(number: &str) -> &str {
    if number.contains('.') && !number.contains(['e', 'E']) {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}
