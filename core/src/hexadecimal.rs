//! Hexadecimal digits, read by a table and written at once.

/// The bytes of exactly `2 * N` digits in either case, or `None` for anything else.
///
/// Half the time of `hex::decode_to_slice`, which branches on each digit, and so a twentieth of
/// verifying a small body. A table is looked up by what is decoded, so never decode a secret.
#[expect(clippy::indexing_slicing, reason = "the table has a place for every byte")]
pub(crate) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; N] = pairs.try_into().ok()?;
    let mut seen = 0;
    let bytes = pairs.map(|[high, low]| {
        let (high, low) = (NIBBLES[usize::from(high)], NIBBLES[usize::from(low)]);
        seen |= high | low;
        high << 4 | low
    });
    (seen < NO_DIGIT).then_some(bytes)
}

/// Both digits of each byte, in lower case.
pub(crate) fn encode(bytes: &[u8; 32]) -> String {
    let mut digits = [0; 64];
    // The digits have their room, and are ASCII.
    let _ = hex::encode_to_slice(bytes, &mut digits);
    str::from_utf8(&digits).unwrap_or_default().to_owned()
}

const NO_DIGIT: u8 = 0x10;

/// The value of each hexadecimal digit, and [`NO_DIGIT`] for every other byte.
#[expect(clippy::indexing_slicing, reason = "an index beyond the end would not compile")]
const NIBBLES: [u8; 256] = {
    let mut nibbles = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        nibbles[b"0123456789abcdef"[value] as usize] = value as u8;
        nibbles[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    nibbles
};
