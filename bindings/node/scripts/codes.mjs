// Writes lib/codes.ts from the table in core, by way of the addon. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import native from '../native/index.cjs'

const file = new URL('../lib/codes.ts', import.meta.url)
const rows = native.codes()
const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const made = `/** Made by \`npm run codes\` from the table in core. */

/** Every code, in the order in which the documentation lists them. */
export type ErrorCode =
${rows.map(({ code }) => `  | ${quoted(code)}`).join('\n')}

/** What each code says, and the status to answer with. */
export const CODES: { readonly [code in ErrorCode]: { readonly httpStatus: number; readonly message: string; readonly hint: string } } = {
${rows
  .map(({ code, httpStatus, message, hint }) => `  ${code}: {\n    httpStatus: ${httpStatus},\n    message: ${quoted(message)},\n    hint: ${quoted(hint)},\n  },`)
  .join('\n')}
}
`
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== made) {
    console.error('lib/codes.ts is not what core says: run `npm run codes`')
    process.exit(1)
  }
} else {
  writeFileSync(file, made)
}
