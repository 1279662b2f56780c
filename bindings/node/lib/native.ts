/** The native half, typed by what it says of itself. */

import type { Refusal } from '../native/index.cjs'
export type { Explanation } from '../native/index.cjs'
import native from '../native/load.cjs'

export const { deliveryKey, explainedHeaders, instant, reader, restyled, sample, verifier } = native

/** The functions of one `Webhook`. */
export type Verifier = Exclude<ReturnType<typeof native.verifier>, Refusal>
