//! The programs that write JSON, each with its style.

use super::style::{Arrays, Escapes, Layout, Numbers, Style};
use crate::explain::mend::Mend;

/// A program's way of writing JSON.
#[derive(Debug)]
pub(in crate::explain) struct Writing {
    pub(in crate::explain) code: &'static str,
    /// Who writes so, behind "as".
    pub(in crate::explain) who: &'static str,
    /// Where the bytes before parsing are to be had, if these are the ones that were handed in.
    pub(in crate::explain) mend: Mend,
    pub(in crate::explain) style: Style,
}

const COMPACT: Layout = Layout::OneLine { comma: ",", colon: ":" };
const SPACED: Layout = Layout::OneLine { comma: ", ", colon: ": " };
const TWO: Layout = Layout::Indented { by: "  ", line_end: "\n", colon: ": ", arrays: Arrays::Indented };
const FOUR: Layout = Layout::Indented { by: "    ", line_end: "\n", colon: ": ", arrays: Arrays::Indented };
const TAB: Layout = Layout::Indented { by: "\t", line_end: "\n", colon: ": ", arrays: Arrays::Indented };
const JACKSON: Layout = Layout::Indented { by: "  ", line_end: "\n", colon: " : ", arrays: Arrays::OneLine };
const WINDOWS: Layout = Layout::Indented { by: "  ", line_end: "\r\n", colon: ": ", arrays: Arrays::Indented };

/// As JavaScript writes strings.
pub(super) const RAW: Escapes = Escapes::NONE;
/// As Python writes strings.
pub(super) const PYTHON: Escapes = Escapes::OUTSIDE_ASCII.and(Escapes::DELETE);
const PHP: Escapes = Escapes::OUTSIDE_ASCII.and(Escapes::SLASH);
const GO: Escapes = Escapes::HTML.and(Escapes::LINE_ENDS);
const GSON: Escapes = GO.and(Escapes::APOSTROPHE).and(Escapes::EQUALS);
const NET: Escapes = Escapes::OUTSIDE_ASCII
    .and(Escapes::DELETE)
    .and(Escapes::HTML)
    .and(Escapes::APOSTROPHE)
    .and(Escapes::PLUS)
    .and(Escapes::QUOTE)
    .and(Escapes::UPPER_CASE);

const fn style(layout: Layout, escapes: Escapes) -> Style {
    Style { layout, escapes, is_sorted: false, numbers: Numbers::Kept }
}

const fn sorted(layout: Layout, escapes: Escapes) -> Style {
    Style { layout, escapes, is_sorted: true, numbers: Numbers::Kept }
}

const fn writing(code: &'static str, who: &'static str, mend: Mend, style: Style) -> Writing {
    Writing { code, who, mend, style }
}

/// Chatislav's own style, as its timestamps suggest.
pub(in crate::explain) const OF_PYTHON: &Writing = &writing(
    "json_python",
    "Python's `json.dumps` writes it (`, ` and `: `, text outside ASCII as `\\uXXXX`)",
    Mend::Python,
    style(SPACED, PYTHON),
);

pub(in crate::explain) const OF_JAVASCRIPT: &Writing = &writing(
    "json_javascript",
    "JavaScript's `JSON.stringify` writes it (no blanks, text as it is)",
    Mend::JavaScript,
    style(COMPACT, RAW),
);

/// What a sender may have signed, and what a receiver may have made of it; the likeliest first.
pub(in crate::explain) const WRITINGS: [&Writing; 25] = [
    OF_PYTHON,
    OF_JAVASCRIPT,
    &writing(
        "json_python_unicode",
        "Python's `json.dumps(..., ensure_ascii=False)` writes it",
        Mend::Python,
        style(SPACED, RAW),
    ),
    &writing(
        "json_python_compact",
        "Python's `json.dumps(..., separators=(',', ':'))` writes it",
        Mend::Python,
        style(COMPACT, PYTHON),
    ),
    &writing(
        "json_numbers",
        "JavaScript's `JSON.stringify` writes it, `1.0` as `1`",
        Mend::JavaScript,
        Style { numbers: Numbers::Shortened, ..style(COMPACT, RAW) },
    ),
    &writing("json_indented_2", "`JSON.stringify(value, null, 2)` writes it", Mend::JavaScript, style(TWO, RAW)),
    &writing(
        "json_python_indented_2",
        "Python's `json.dumps(..., indent=2)` writes it",
        Mend::Python,
        style(TWO, PYTHON),
    ),
    &writing("json_indented_4", "`JSON.stringify(value, null, 4)` writes it", Mend::JavaScript, style(FOUR, RAW)),
    &writing(
        "json_python_indented_4",
        "Python's `json.dumps(..., indent=4)` writes it",
        Mend::Python,
        style(FOUR, PYTHON),
    ),
    &writing(
        "json_sorted_python",
        "Python's `json.dumps(..., sort_keys=True)` writes it",
        Mend::Python,
        sorted(SPACED, PYTHON),
    ),
    &writing(
        "json_sorted",
        "programs with ordered maps write it: names sorted, no blanks",
        Mend::Any,
        sorted(COMPACT, RAW),
    ),
    &writing(
        "json_sorted_python_compact",
        "Python's `json.dumps(..., sort_keys=True, separators=(',', ':'))` writes it",
        Mend::Python,
        sorted(COMPACT, PYTHON),
    ),
    &writing(
        "json_sorted_python_unicode",
        "Python's `json.dumps(..., sort_keys=True, ensure_ascii=False)` writes it",
        Mend::Python,
        sorted(SPACED, RAW),
    ),
    &writing(
        "json_php",
        "PHP's `json_encode` writes it (`\\/`, text outside ASCII as `\\uXXXX`)",
        Mend::Php,
        style(COMPACT, PHP),
    ),
    &writing(
        "json_php_unicode",
        "PHP's `json_encode(..., JSON_UNESCAPED_UNICODE)` writes it",
        Mend::Php,
        style(COMPACT, Escapes::SLASH),
    ),
    &writing("json_php_indented", "PHP's `json_encode(..., JSON_PRETTY_PRINT)` writes it", Mend::Php, style(FOUR, PHP)),
    &writing(
        "json_go",
        "Go's `json.Marshal` of a struct or Rails' `to_json` writes it (`<`, `>`, `&` escaped)",
        Mend::Go,
        style(COMPACT, GO),
    ),
    &writing(
        "json_sorted_go",
        "Go's `json.Marshal` of a map writes it (names sorted, `<`, `>`, `&` escaped)",
        Mend::Go,
        sorted(COMPACT, GO),
    ),
    &writing("json_gson", "Java's Gson writes it", Mend::Java, style(COMPACT, GSON)),
    &writing("json_jackson", "Java's Jackson writes it with indentation", Mend::Java, style(JACKSON, RAW)),
    &writing("json_net", ".NET's `JsonSerializer` writes it", Mend::Net, style(COMPACT, NET)),
    &writing(
        "json_net_indented",
        ".NET's `JsonSerializer` writes it with indentation on Windows",
        Mend::Net,
        style(WINDOWS, NET),
    ),
    &writing("json_indented_tab", "`JSON.stringify(value, null, '\\t')` writes it", Mend::JavaScript, style(TAB, RAW)),
    &writing("json_sorted_indented_2", "`jq --sort-keys` writes it", Mend::Any, sorted(TWO, RAW)),
    &writing(
        "json_sorted_python_indented_4",
        "Python's `json.dumps(..., sort_keys=True, indent=4)` writes it",
        Mend::Python,
        sorted(FOUR, PYTHON),
    ),
];

/// The same spacing with the characters themselves.
pub(in crate::explain) const UNESCAPED: Style = style(Layout::Kept, RAW);
/// The same spacing with `\uXXXX`.
pub(in crate::explain) const ESCAPED: Style = style(Layout::Kept, PYTHON);
