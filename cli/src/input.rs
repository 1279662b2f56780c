//! Files and standard input, byte for byte.

use std::io::Read;
use std::path::Path;

use crate::exit::Failure;

/// Reads a file, or standard input for `-` or no name.
pub(crate) fn read(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    match path {
        Some(path) if path != Path::new("-") => {
            std::fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
        }
        _ => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
            Ok(bytes)
        }
    }
}
