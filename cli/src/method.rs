//! POST or PUT, as an argument.

use chatislav_webhooks::Method;
use clap::ValueEnum;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MethodArgument {
    #[value(name = "POST")]
    Post,
    #[value(name = "PUT")]
    Put,
}

impl From<MethodArgument> for Method {
    fn from(method: MethodArgument) -> Self {
        match method {
            MethodArgument::Post => Method::Post,
            MethodArgument::Put => Method::Put,
        }
    }
}
