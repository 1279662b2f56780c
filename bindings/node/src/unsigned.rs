//! The function that an `Unsigned` calls.

use chatislav_webhooks::Unsigned;
use napi::bindgen_prelude::{BufferSlice, Either, Function};
use napi::{Env, Result};
use napi_derive::napi;

use crate::refusal::Refusal;

/// Makes the function of an `Unsigned`: it takes a body and the values of the required header, and
/// gives null or a refusal.
#[napi(catch_unwind, ts_return_type = "((body: Uint8Array, values: string[]) => Refusal | null) | Refusal")]
pub(crate) fn reader<'env>(
    env: &'env Env,
    max_body: f64,
    name: Option<String>,
    value: Option<String>,
) -> Result<Either<Function<'env, (), Option<Refusal>>, Refusal>> {
    let mut unsigned = Unsigned::new().with_max_body(max_body as usize);
    if let (Some(name), Some(value)) = (&name, value) {
        unsigned = match unsigned.require_header(name, value) {
            Ok(unsigned) => unsigned,
            Err(error) => return Ok(Either::B(error.into())),
        };
    }
    let read = env.create_function_from_closure("read", move |call| {
        let body: BufferSlice<'_> = call.get(0)?;
        let values: Vec<String> = call.get(1)?;
        let name = unsigned.required_header().unwrap_or_default();
        let read = unsigned.read(&body, values.iter().map(|value| (name, value)));
        Ok(read.err().map(Refusal::from))
    })?;
    Ok(Either::A(read))
}
