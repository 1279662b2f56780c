/** The scanner: passes over JSON (RFC 8259) and makes no values. It gives core's verdict at core's byte. */

import type { ErrorCode } from '../errors.js'
import { WebhookError } from '../errors.js'

/** How many arrays and objects may stand inside one another. */
const MAX_DEPTH = 128
/** How many characters a number may have. */
const MAX_NUMBER = 1_000

const TAB = 0x09
const LINE_FEED = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const LEFT_BRACKET = 0x5b
const BACKSLASH = 0x5c
const RIGHT_BRACKET = 0x5d
const SMALL_E = 0x65
const SMALL_F = 0x66
const SMALL_N = 0x6e
const SMALL_T = 0x74
const SMALL_U = 0x75
const LEFT_BRACE = 0x7b
const RIGHT_BRACE = 0x7d

/**
 * Judges a whole text, in UTF-8 that is known to be valid.
 *
 * @throws {WebhookError} `payload_not_json`, `payload_too_deep`, or `payload_invalid` for a number over 1,000
 * characters; the path is `byte N`, counted from 0.
 */
export function scan(bytes: Uint8Array): void {
  const scanner = new Scanner(bytes)
  scanner.value()
  scanner.end()
}

class Scanner {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Passes over one value, without recursion: the closing brackets that are awaited lie in a row. */
  value(): void {
    const closings = new Uint8Array(MAX_DEPTH)
    let depth = 0
    values: for (;;) {
      this.#blanks()
      const first = this.#peek()
      if (first === QUOTE) this.#string()
      else if (first === MINUS || isDigit(first)) this.#number()
      else if (first === SMALL_T) this.#word('true')
      else if (first === SMALL_F) this.#word('false')
      else if (first === SMALL_N) this.#word('null')
      else if (first === LEFT_BRACE || first === LEFT_BRACKET) {
        if (depth === MAX_DEPTH) throw this.#fault('payload_too_deep')
        const closing = first === LEFT_BRACE ? RIGHT_BRACE : RIGHT_BRACKET
        closings[depth] = closing
        depth += 1
        this.#at += 1
        this.#blanks()
        if (this.#peek() !== closing) {
          if (closing === RIGHT_BRACE) this.#name()
          continue
        }
      } else throw this.#notJson()

      // A value, or an opening bracket directly before its closing one, lies behind us.
      while (depth > 0) {
        this.#blanks()
        const closing = closings[depth - 1]
        const next = this.#peek()
        if (next === COMMA) {
          this.#at += 1
          if (closing === RIGHT_BRACE) {
            this.#blanks()
            this.#name()
          }
          continue values
        }
        if (next !== closing) throw this.#notJson()
        this.#at += 1
        depth -= 1
      }
      return
    }
  }

  /** Behind the value there is nothing but blanks. */
  end(): void {
    this.#blanks()
    if (this.#at < this.#bytes.length) throw this.#notJson()
  }

  /** A field's name and the colon behind it. */
  #name(): void {
    if (this.#peek() !== QUOTE) throw this.#notJson()
    this.#string()
    this.#blanks()
    if (this.#peek() !== COLON) throw this.#notJson()
    this.#at += 1
  }

  #string(): void {
    this.#at += 1
    for (;;) {
      this.#plainCharacters()
      const next = this.#peek()
      if (next === QUOTE) {
        this.#at += 1
        return
      }
      // The end, or a control character, which must be escaped (RFC 8259 section 7).
      if (next !== BACKSLASH) throw this.#notJson()
      this.#escape()
    }
  }

  /** Stops at the first quote, backslash or control character. */
  #plainCharacters(): void {
    const bytes = this.#bytes
    let at = this.#at
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number
      if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) break
    }
    this.#at = at
  }

  #escape(): void {
    const start = this.#at
    this.#at += 1
    if (this.#peek() !== SMALL_U) {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(this.#peek()))) throw this.#notJson()
      this.#at += 1
      return
    }
    const unit = this.#codeUnit()
    if (unit < 0xd800 || unit > 0xdfff) return
    if (unit <= 0xdbff && this.#peek() === BACKSLASH && this.#bytes[this.#at + 1] === SMALL_U) {
      this.#at += 1
      const low = this.#codeUnit()
      if (low >= 0xdc00 && low <= 0xdfff) return
    }
    // Half a pair of surrogates is no character.
    this.#at = start
    throw this.#notJson()
  }

  /** The four hexadecimal digits behind a `u`. */
  #codeUnit(): number {
    this.#at += 1
    const digits = String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + 4))
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw this.#notJson()
    this.#at += 4
    return Number.parseInt(digits, 16)
  }

  #number(): void {
    const start = this.#at
    if (this.#peek() === MINUS) this.#at += 1
    if (this.#peek() === ZERO) this.#at += 1
    else this.#digits()
    if (this.#peek() === DOT) {
      this.#at += 1
      this.#digits()
    }
    if ((this.#peek() | 0x20) === SMALL_E) {
      this.#at += 1
      if (this.#peek() === PLUS || this.#peek() === MINUS) this.#at += 1
      this.#digits()
    }
    if (this.#at - start > MAX_NUMBER) {
      this.#at = start
      throw this.#fault('payload_invalid')
    }
  }

  #digits(): void {
    if (!isDigit(this.#peek())) throw this.#notJson()
    while (isDigit(this.#peek())) this.#at += 1
  }

  #word(word: string): void {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#bytes[this.#at + index] !== word.charCodeAt(index)) throw this.#notJson()
    }
    this.#at += word.length
  }

  #blanks(): void {
    for (;;) {
      const next = this.#peek()
      if (next !== SPACE && next !== LINE_FEED && next !== RETURN && next !== TAB) return
      this.#at += 1
    }
  }

  /** The next byte, or at the end 0, which stands nowhere in JSON. */
  #peek(): number {
    return this.#bytes[this.#at] ?? 0
  }

  #notJson(): WebhookError {
    return this.#fault('payload_not_json')
  }

  #fault(code: ErrorCode): WebhookError {
    return new WebhookError(code, { path: `byte ${this.#at}` })
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
