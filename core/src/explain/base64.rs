//! Base64 in either alphabet, padded or not (RFC 4648), as signatures, secrets and bodies have it.

use zeroize::Zeroizing;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What a text in base64 stands for; `None` if it is none. Line ends inside are passed over.
///
/// The result may be a secret, and is wiped.
pub(super) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0);
    for byte in text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        let value = match byte {
            b'=' => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // What is left over is less than a byte and must be zeros; six bits alone are half a character.
    (padding <= 2 && count < 6 && bits == 0 && !bytes.is_empty()).then_some(bytes)
}

/// Bytes in the standard alphabet, padded.
pub(super) fn encode(bytes: &[u8], push: &mut dyn FnMut(&[u8])) {
    for three in bytes.chunks(3) {
        let mut bits = 0_u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(three.get(at).copied().unwrap_or(0));
        }
        let mut four = [b'='; 4];
        for (at, digit) in four.iter_mut().take(three.len() + 1).enumerate() {
            let value = bits >> (18 - 6 * at) & 0x3F;
            *digit = STANDARD.get(value as usize).copied().unwrap_or(b'=');
        }
        push(&four);
    }
}
