// The shared vectors: one list of cases for each file. Integers beyond 2^53 are texts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../support.mjs'

export const NAMES = ['hmac', 'fingerprint', 'secret', 'signature', 'event', 'timestamp', 'errors']

const read = (name) => readFileSync(join(ROOT, 'tests/vectors', `${name}.json`), 'utf8').replace(/("expect"): (-?\d{16,})/g, '$1: "$2"')

export const vectors = Object.fromEntries(NAMES.map((name) => [name, JSON.parse(read(name))]))
