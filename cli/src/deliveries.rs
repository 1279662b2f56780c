//! `chatislav deliveries`: what is in an outbox, and what its operator may do about it.

mod choose;
mod show;

use std::time::{Duration, SystemTime};

use chatislav_dispatcher::outbox::{DeliveryId, Ledger, Query, SqliteOutbox, State, Stored};
use chatislav_webhooks::{Line, Printable, parse_duration};
use clap::{Args, Subcommand};

use crate::exit::{Exit, Failure};
use crate::outbox::{StoreArguments, failed, id, instant};
use crate::output::{Output, Tone};
use crate::{Done, runtime};

/// How many are listed unless it is said.
const LIMIT: u64 = 100;

/// List what is in an outbox, the newest first, and retry, cancel or forget it.
///
/// It works beside a running dispatcher, which notices.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav deliveries --store sqlite:outbox.db
  chatislav deliveries --store sqlite:outbox.db --state failed,exhausted
  chatislav deliveries show 17 --store sqlite:outbox.db
  chatislav deliveries retry --state exhausted --store sqlite:outbox.db
  chatislav deliveries prune --older-than 168h --store sqlite:outbox.db

States: waiting, leased (being sent) · delivered, failed, exhausted, blocked, cancelled")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    which: Which,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = LIMIT, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Only those before this one.
    #[arg(long, value_name = "ID", value_parser = id)]
    before: Option<DeliveryId>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Which deliveries.
#[derive(Args)]
struct Which {
    /// Only in these states.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = state)]
    state: Vec<State>,
    /// Only of this event.
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// Only to a URL that holds this text.
    #[arg(long, value_name = "TEXT")]
    url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    Show(show::Arguments),
    /// Make deliveries due now. One that has failed, is exhausted, blocked or cancelled begins anew, with all
    /// its attempts; one that was delivered is never sent again.
    Retry(choose::Arguments),
    /// End deliveries that wait.
    Cancel(choose::Arguments),
    /// Forget deliveries that ended longer ago than that, with their bodies and attempts.
    Prune {
        /// How long ago.
        #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
        older_than: Duration,
    },
}

impl Which {
    fn query(&self, limit: usize) -> Query {
        let Which { state, event, url } = self;
        Query { states: state.clone(), event: event.clone(), url: url.clone(), before: None, limit }
    }

    fn is_given(&self) -> bool {
        !self.state.is_empty() || self.event.is_some() || self.url.is_some()
    }
}

fn state(name: &str) -> Result<State, String> {
    State::parse(name).ok_or_else(|| {
        let names: Vec<_> = State::ALL.iter().map(|state| state.name()).collect();
        format!("a state is one of {}", names.join(", "))
    })
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let outbox = arguments.store.join_existing()?;
    if arguments.command.is_some() && (arguments.which.is_given() || arguments.before.is_some()) {
        return Err(Failure::usage("the options of the list are not for a command: they come after its name"));
    }
    runtime::new()?.block_on(async {
        match &arguments.command {
            None => list(arguments, &outbox, output).await,
            Some(Command::Show(arguments)) => show::run(arguments, &outbox, output).await,
            Some(Command::Retry(arguments)) => choose::retry(arguments, &outbox, output).await,
            Some(Command::Cancel(arguments)) => choose::cancel(arguments, &outbox, output).await,
            Some(Command::Prune { older_than }) => prune(*older_than, &outbox, output).await,
        }
    })
}

async fn list(arguments: &Arguments, outbox: &SqliteOutbox, output: Output) -> Done {
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let query = Query { before: arguments.before, ..arguments.which.query(limit) };
    let found = outbox.list(query).await.map_err(failed)?;
    for stored in &found {
        tell(stored, output);
    }
    let counts = outbox.counts().await.map_err(failed)?;
    let mut line = Line::new("counts");
    for state in State::ALL {
        let count = counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
        line = line.number(state.name(), count);
    }
    output.line(line);
    let words: Vec<_> = counts.iter().map(|(state, count)| format!("{count} {}", state.name())).collect();
    output.say(&if words.is_empty() {
        "the outbox is empty".to_owned()
    } else {
        format!("in all: {}", words.join(", "))
    });
    Ok(Exit::Good)
}

/// A line for one delivery.
fn tell(stored: &Stored, output: Output) {
    let Stored { id, key, event, url, state, attempts, sends, at, due, ended } = stored;
    output.line(
        Line::new("stored")
            .number("id", id)
            .text("delivery", &key.to_string())
            .text("event", event)
            .text("url", url)
            .text("state", state.name())
            .number("attempts", attempts)
            .number("sends", sends)
            .text("enqueued", &instant(*at))
            .text_or_null("due", (!state.is_end()).then(|| instant(*due)).as_deref())
            .text_or_null("ended", ended.map(instant).as_deref()),
    );
    let (tone, symbol) = match state {
        State::Delivered => (Tone::Good, "✓"),
        State::Waiting | State::Leased => (Tone::Middling, "…"),
        State::Failed | State::Exhausted | State::Blocked | State::Cancelled => (Tone::Bad, "✗"),
    };
    let when = match (state, ended) {
        (State::Waiting, _) if *attempts > 0 => format!("  due {}", instant(*due)),
        (_, Some(ended)) => format!("  ended {}", instant(*ended)),
        _ => format!("  enqueued {}", instant(*at)),
    };
    output.say(&format!(
        "{id:>6}  {}  {}  {}  {attempts} attempt(s){when}",
        output.paint(tone, &format!("{symbol} {:<9}", state.name())),
        Printable(event),
        Printable(url),
    ));
}

async fn prune(older_than: Duration, outbox: &SqliteOutbox, output: Output) -> Done {
    let before = SystemTime::now().checked_sub(older_than).unwrap_or(SystemTime::UNIX_EPOCH);
    let count = outbox.prune(before).await.map_err(failed)?;
    output.line(Line::new("pruned").number("deliveries", count));
    output.say(&format!("{count} forgotten"));
    Ok(Exit::Good)
}
