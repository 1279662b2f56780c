//! Grades an endpoint for Chatislav webhooks.
//!
//! The [`battery`] is a table of cases, each with an id that stays, one sentence of what an endpoint
//! must do, and the requests that show whether it does: it accepts what is genuine, refuses what is
//! not, answers wisely, survives, and counts each delivery once. A failure comes with what likely is
//! wrong, by what was seen, and with the fix for the framework.
//!
//! Requests go out past the dispatcher's guard, and by nothing else.

mod alteration;
mod answer;
mod baseline;
mod battery;
mod blot;
mod body;
mod captured;
mod case;
mod cause;
mod check;
mod client;
mod curl;
mod diagnosis;
mod endpoint;
mod exchange;
mod fix;
mod framework;
mod judged;
mod message;
mod obstacle;
mod plan;
mod play;
mod preflight;
mod probe;
mod recipe;
pub mod report;
mod scene;
mod shrink;
mod trial;

pub use baseline::{InvalidBaseline, read_baseline};
pub use battery::{battery, find};
pub use captured::{Captured, body_requests, check_body};
pub use case::{Case, Group, Level};
pub use cause::Cause;
pub use check::{Config, Told, check};
pub use endpoint::Endpoint;
pub use exchange::{Answer, Exchange, MAX_KEPT, Seen, Wire};
pub use framework::Framework;
pub use obstacle::{Obstacle, ObstacleKind};
pub use plan::{Plan, Planned, Selection};
pub use probe::{Probe, ProbeCommand, ProbeUrl};
pub use report::{Fault, Finding, Outcome, Report};
pub use shrink::{Feature, Smallest};
