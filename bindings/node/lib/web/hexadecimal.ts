/** Hexadecimal digits. */

/** Two lower-case digits for each byte. */
export function encoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes of exactly this many digits in either case, or undefined for anything else. */
export function decoded(digits: string, length: number): Uint8Array | undefined {
  if (digits.length !== length || !/^[0-9a-f]*$/i.test(digits)) return undefined
  return Uint8Array.from({ length: length / 2 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16))
}
