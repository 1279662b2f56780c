//! A sender's profile in a TOML file.

use std::path::Path;

use chatislav_webhooks::Profile;

use crate::toml_file::read_toml;

/// Reads the profile of a file.
///
/// # Errors
/// As for [`read_toml`].
pub fn read_profile(path: &Path) -> Result<Profile, String> {
    read_toml(path, "a profile")
}
