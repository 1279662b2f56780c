//! `chatislav requests show --explain`: why a signature does not fit.

use chatislav_receiver::Capture;

use super::Place;
use crate::client::escaped;
use crate::exit::Failure;
use crate::explanation;
use crate::output::Output;
use crate::secrets::SecretArguments;

/// Tells what makes a request's signature fit: by the secrets that were given, else by those of the
/// receiver that runs, else by those of the environment.
pub(super) async fn tell(
    place: &Place,
    capture: &Capture,
    secrets: &SecretArguments,
    output: Output,
) -> Result<(), Failure> {
    let line = match place {
        Place::Running(client) if !secrets.is_explicit() => {
            let id = escaped(&capture.id()).replace("%2D", "-");
            let told = client.call("GET", &format!("/api/v1/requests/{id}/explain"), None).await?;
            String::from_utf8_lossy(&told).into_owned()
        }
        _ => chatislav_receiver::explanation(capture, &secrets.webhook(output)?),
    };
    explanation::tell(&line, output)
}
