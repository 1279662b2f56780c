//! Grades an endpoint for Chatislav webhooks.
//!
//! The [`battery`] is a table of cases, each with an id that stays, one sentence of what an endpoint
//! must do, and the requests that show whether it does: it accepts what is genuine, refuses what is
//! not, answers wisely, survives, and counts each delivery once. A failure comes with what likely is
//! wrong, by what was seen, and with the fix for the framework.
//!
//! Requests go out past the dispatcher's guard, and by nothing else.

mod alteration;
mod battery;
mod body;
mod case;
mod cause;
mod exchange;
mod fix;
mod framework;
mod obstacle;
mod play;
mod recipe;
pub mod report;

pub use battery::{battery, find};
pub use case::{Case, Group, Level};
pub use cause::Cause;
pub use exchange::{Answer, Exchange, MAX_KEPT, Seen, Wire};
pub use framework::Framework;
pub use obstacle::{Obstacle, ObstacleKind};
pub use report::{Finding, Outcome, Report};
