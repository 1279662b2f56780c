//! What is shown: lines for machines, text from strangers for people.

use chatislav_webhooks::{Line, Printable};

#[test]
fn a_line_is_one_json_object_in_printable_ascii() {
    let line = Line::new("request")
        .text("event", "é\u{1b}[31m\"\n")
        .text("blank", "")
        .word("time", "2026-06-23T12:00:00.000Z")
        .number("status", 200)
        .number_or_null("ms", None::<u32>)
        .number_or_null("n", Some(1.5))
        .text_or_null("path", None)
        .text_or_null("name", Some("null"))
        .end();
    assert_eq!(
        line,
        concat!(
            r#"{"v":1,"type":"request","event":"\u00e9\u001b[31m\"\n","blank":"","time":"2026-06-23T12:00:00.000Z","#,
            r#""status":200,"ms":null,"n":1.5,"path":null,"name":"null"}"#,
            "\n"
        )
    );
}

#[test]
fn what_moves_a_cursor_or_turns_the_reading_direction_is_escaped() {
    for (text, shown) in [
        ("plain é 😀 שלום", "plain é 😀 שלום"),
        ("\u{1b}[31m", "\\u{1b}[31m"),
        ("a\r\nb\t", "a\\u{d}\\u{a}b\\u{9}"),
        ("\u{7f}\u{80}\u{9b}\u{9f}\u{a0}", "\\u{7f}\\u{80}\\u{9b}\\u{9f}\u{a0}"),
        ("\u{ad}\u{61c}\u{180e}\u{feff}", "\\u{ad}\\u{61c}\\u{180e}\\u{feff}"),
        ("\u{200a}\u{200b}\u{200f}\u{2010}", "\u{200a}\\u{200b}\\u{200f}\u{2010}"),
        ("\u{2027}\u{2028}\u{202e}\u{202f}", "\u{2027}\\u{2028}\\u{202e}\u{202f}"),
        ("\u{205f}\u{2060}\u{206f}\u{2070}", "\u{205f}\\u{2060}\\u{206f}\u{2070}"),
        ("\u{fff8}\u{fff9}\u{fffb}\u{fffc}", "\u{fff8}\\u{fff9}\\u{fffb}\u{fffc}"),
        ("\u{e0000}\u{e007f}\u{e0080}", "\\u{e0000}\\u{e007f}\u{e0080}"),
    ] {
        assert_eq!(Printable(text).to_string(), shown);
    }
}
