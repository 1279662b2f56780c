/** What HTTP calls a blank: space and tab, nothing else (RFC 9110 section 5.6.3). */

/** The value without the blanks around it, as bytes would have it: what is no character is U+FFFD. */
export function trimmed(value: string): string {
  const isBlank = (at: number): boolean => value[at] === ' ' || value[at] === '\t'
  let start = 0
  let end = value.length
  while (start < end && isBlank(start)) start += 1
  while (start < end && isBlank(end - 1)) end -= 1
  return value.slice(start, end).replace(/\p{Surrogate}/gu, '\uFFFD')
}
