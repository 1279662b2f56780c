/** The native half, typed by what it says of itself. */

import native, { type Refusal } from '../native/index.cjs'

export const { deliveryKey, instant, reader, restyled, sample, verifier } = native

/** The functions of one `Webhook`. */
export type Verifier = Exclude<ReturnType<typeof native.verifier>, Refusal>
