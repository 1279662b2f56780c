//! One page that needs nothing else: no script, no font, no picture.

use std::fmt::{Display, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::{Printable, Timestamp};
use sha2::{Digest, Sha256};

use super::{Fault, Finding, Outcome, Report, pretty};
use crate::case::Group;
use crate::cause::Cause;
use crate::exchange::Exchange;

const STYLE: &str = include_str!("report.css");

/// The report as one HTML page, light and dark, for the screen and for paper.
///
/// Its content security policy lets nothing in but its own style, by that style's digest; what came from
/// the endpoint is text.
pub fn html(report: &Report) -> String {
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, report);
    if let Some(obstacle) = &report.obstacle {
        let kind = &obstacle.kind;
        put(&mut out, format_args!("<section><h2>{}</h2>\n", Text(&kind.to_string())));
        put(&mut out, format_args!("<p><b>Do:</b> {}</p>\n", Text(&kind.advice())));
        of_cause(&mut out, obstacle.cause());
        exchanges(&mut out, &obstacle.exchanges, report);
        out.push_str("</section>\n");
    }
    for fault in report.faults() {
        of_fault(&mut out, &fault, report);
    }
    cases(&mut out, report);
    out.push_str("</main></body></html>\n");
    out
}

fn head(out: &mut String, report: &Report) {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let (class, verdict) = match (&report.obstacle, report.failures()) {
        (Some(obstacle), _) => ("bad", format!("✗ {}", obstacle.kind.name())),
        (None, 0) => ("good", "✓ nothing that counts has failed".to_owned()),
        (None, failures) => ("bad", format!("✗ {failures} that count have failed")),
    };
    let target = Text(&report.target);
    put(out, format_args!("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"));
    put(
        out,
        format_args!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n"
        ),
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str(
        "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\n",
    );
    put(out, format_args!("<title>chatislav check {target}</title>\n<style>{STYLE}</style></head>\n<body><main>\n"));
    put(out, format_args!("<h1>chatislav check</h1>\n<p class=\"verdict {class}\">{verdict}</p>\n<dl>\n"));
    put(out, format_args!("<dt>Endpoint</dt><dd>{target}</dd>\n"));
    put(out, format_args!("<dt>Begun</dt><dd>{}</dd>\n", Timestamp::from(report.started).rfc3339()));
    let seconds = report.duration.as_secs_f64();
    put(out, format_args!("<dt>Requests</dt><dd>{} in {seconds:.1} s, seed {}</dd>\n", report.requests, report.seed));
    for outcome in Outcome::ALL {
        put(out, format_args!("<dt>{}</dt><dd>{}</dd>\n", outcome.name(), report.count(outcome)));
    }
    if let Some(size) = report.largest_accepted {
        put(out, format_args!("<dt>Largest body taken</dt><dd>{size} bytes</dd>\n"));
    }
    if let Some(size) = report.smallest_refused {
        put(out, format_args!("<dt>Smallest body too large</dt><dd>{size} bytes</dd>\n"));
    }
    out.push_str("</dl>\n");
}

fn of_fault(out: &mut String, fault: &Fault<'_>, report: &Report) {
    let title = fault.cause.map_or("the cause is not known", Cause::explanation);
    put(out, format_args!("<section><h2>✗ {}</h2>\n", Text(title)));
    of_cause(out, fault.cause);
    for finding in &fault.findings {
        let case = finding.case;
        put(out, format_args!("<h3 id=\"{0}\">{0} <small>{1}</small></h3>\n", Text(case.id), case.level));
        put(out, format_args!("<p>{} Sent: {}. ", Text(case.requirement), Text(case.sends)));
        put(out, format_args!("Seen: {}; accepted is {}.</p>\n", Text(&finding.seen), Text(case.accepted())));
        if let Some(smallest) = &finding.smallest {
            let least = pretty::least(smallest);
            put(out, format_args!("<p>The smallest that is refused so: <code>{}</code></p>\n", Text(&least)));
        }
        exchanges(out, &finding.exchanges, report);
    }
    out.push_str("</section>\n");
}

fn of_cause(out: &mut String, cause: Option<Cause>) {
    let Some(cause) = cause else { return };
    out.push_str("<table><caption>The fix</caption>\n");
    for (framework, fix) in cause.fixes() {
        put(out, format_args!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", framework.name(), Text(fix)));
    }
    out.push_str("</table>\n");
}

/// Open from the start: paper has nothing to press.
fn exchanges(out: &mut String, exchanges: &[Exchange], report: &Report) {
    for exchange in exchanges {
        let (seen, ms) = (exchange.seen.to_string(), exchange.duration.as_millis());
        put(out, format_args!("<details open><summary>The wire: {}, {ms} ms</summary>\n<pre>", Text(&seen)));
        for line in pretty::wire(exchange) {
            let class = match line.bytes().next() {
                Some(b'>') => "sent",
                Some(b'<') => "received",
                _ => "end",
            };
            put(out, format_args!("<span class=\"{class}\">{}</span>\n", Text(&line)));
        }
        out.push_str("</pre>\n");
        if let Some(line) = report.again(exchange) {
            put(out, format_args!("<p>Once more, in a shell:</p><pre class=\"again\">{}</pre>\n", Text(&line)));
        }
        out.push_str("</details>\n");
    }
}

fn cases(out: &mut String, report: &Report) {
    for group in Group::ALL {
        let mut findings = report.findings.iter().filter(|finding| finding.case.group == group).peekable();
        if findings.peek().is_none() {
            continue;
        }
        put(out, format_args!("<section><h2>{}</h2>\n<table><thead><tr>", group.title()));
        for title in ["Outcome", "Case", "Level", "Requirement", "Seen"] {
            put(out, format_args!("<th scope=\"col\">{title}</th>"));
        }
        out.push_str("</tr></thead>\n");
        for finding in findings {
            case(out, finding, report);
        }
        out.push_str("</table></section>\n");
    }
}

fn case(out: &mut String, finding: &Finding, report: &Report) {
    let (mark, class) = match finding.outcome {
        Outcome::Passed => ("✓", "good"),
        Outcome::Failed if report.counts(finding) => ("✗", "bad"),
        Outcome::Failed | Outcome::Known => ("✗", "middling"),
        Outcome::Noted => ("i", "plain"),
        Outcome::Skipped => ("-", "plain"),
    };
    let case = finding.case;
    put(out, format_args!("<tr><td class=\"{class}\">{mark} {}</td>", finding.outcome.name()));
    match finding.outcome {
        Outcome::Failed => put(out, format_args!("<th scope=\"row\"><a href=\"#{0}\">{0}</a></th>", Text(case.id))),
        _ => put(out, format_args!("<th scope=\"row\">{}</th>", Text(case.id))),
    }
    let (requirement, seen) = (Text(case.requirement), Text(&finding.seen));
    put(out, format_args!("<td>{}</td><td>{requirement}</td><td>{seen}</td></tr>\n", case.level));
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// Text that is text, in an element as in an attribute between quotes.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in Printable(self.0).to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
