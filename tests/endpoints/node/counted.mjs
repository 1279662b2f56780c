// What the endpoints on this project's own adapters share: each delivery counts once, and /count says how many did.
import { Webhook } from 'chatislav-webhooks'
import { Deduplicator } from 'chatislav-webhooks/idempotency'

// Next.js makes a copy of this module for each route.
globalThis.effects ??= 0

export const port = Number(process.env.PORT)
export const webhook = () => Webhook.fromEnv()
export const once = { deduplicator: new Deduplicator(), onRefused() {} }
export const handle = () => void (globalThis.effects += 1)
export const count = () => String(globalThis.effects)
