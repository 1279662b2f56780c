/** What a verified webhook says. */

import { WebhookError } from './errors.js'

/** A value of JSON. Integers beyond 2^53 are rounded, as `JSON.parse` does; `raw` has them exact. */
export type Json = null | boolean | number | string | Json[] | JsonObject
/** An object of JSON. */
export type JsonObject = { [name: string]: Json }
/** What a lead filled in: field to value, the last of a repeated field. It has no prototype, since its names come from strangers. */
export type Form = { [field: string]: Json }

/** Parts of an event as the caller's own models have them. */
export interface Models {
  subject?: unknown
  form?: unknown
  messages?: unknown
}

/** What an event asks of its maker, when it is asked. */
export interface Reader {
  /** SHA-256 of the body as 64 hexadecimal digits. */
  deliveryKey(raw: Uint8Array): string
  /** A timestamp in milliseconds since 1970, or null. */
  instant(timestamp: string): number | null
}

// An enum that is nowhere at run time: the one kind of string that comparing with a literal excludes.
declare enum Unknown {
  name = 'an event that this version does not know',
}
/**
 * An event's name that this version does not know: any string. It is a type of its own, so that comparing `event` with
 * a known name narrows; to compare it with another, write `String(event.event)`.
 */
export type UnknownName = Unknown

/** Only this package holds it, so nobody else makes an event. */
const OURS = Symbol('chatislav-webhooks')
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** In the order in which the native half counts them. */
export const KINDS = ['unknown', 'conversation_summary', 'lead_collection'] as const

abstract class Reading<Message> {
  /** A text, of which values are made when they are first asked for. It is as it was verified, whatever becomes of the bytes. */
  #payload: JsonObject | string
  readonly #raw: Uint8Array
  readonly #reader: Reader
  readonly #models: Models | undefined
  #deliveryKey: string | undefined

  protected constructor(ours: symbol, payload: JsonObject | string, raw: Uint8Array, reader: Reader, models?: Models) {
    if (ours !== OURS) throw new TypeError('only a Webhook or an Unsigned makes an event')
    this.#payload = payload
    this.#raw = raw
    this.#reader = reader
    this.#models = models
  }

  /** The whole object, as it came. */
  get payload(): JsonObject {
    if (typeof this.#payload === 'string') this.#payload = parsed(this.#payload)
    return this.#payload
  }

  /** The bytes that were verified: the memory that was handed in, so change it only when you are done with the event. */
  get raw(): Uint8Array {
    return this.#raw
  }

  /** The `timestamp` as it came, if it is text. */
  get timestamp(): string | undefined {
    const { timestamp } = this.payload
    return typeof timestamp === 'string' ? timestamp : undefined
  }

  /** The `timestamp` as an instant; without a zone it is UTC, whatever the zone of this machine. Undefined if unreadable. */
  get sentAt(): Date | undefined {
    const { timestamp } = this
    const instant = timestamp === undefined ? null : this.#reader.instant(timestamp)
    return instant === null ? undefined : new Date(instant)
  }

  /** The list `messages`; undefined if absent. */
  get messages(): Message[] | undefined {
    // What a model makes of the parts counts, also if it is nothing.
    if (this.#models !== undefined && 'messages' in this.#models) return this.#models.messages as Message[]
    const { messages } = this.payload
    return Array.isArray(messages) ? (messages as Message[]) : undefined
  }

  /** The same for each retry of a delivery: SHA-256 of the body, as 64 hexadecimal digits. Computed on first use. */
  get deliveryKey(): string {
    return (this.#deliveryKey ??= this.#reader.deliveryKey(this.#raw))
  }

  /** The payload, so that `JSON.stringify` gives what came. */
  toJSON(): JsonObject {
    return this.payload
  }

  protected get models(): Models | undefined {
    return this.#models
  }

  /** How an event is printed: leads are nothing for a log. */
  [INSPECT](): string {
    return `<${this.constructor.name}, ${this.#raw.byteLength} bytes>`
  }
}

abstract class Verified<Message> extends Reading<Message> {
  readonly #secretIndex: number

  constructor(ours: symbol, secretIndex: number, payload: JsonObject | string, raw: Uint8Array, reader: Reader, models?: Models) {
    super(ours, payload, raw, reader, models)
    this.#secretIndex = secretIndex
  }

  /** Which of the secrets signed this, counted from 0, newest first. */
  get secretIndex(): number {
    return this.#secretIndex
  }
}

/** A verified `conversation_summary`. */
class ConversationSummary<Summary = JsonObject, Message = Json> extends Verified<Message> {
  get event(): 'conversation_summary' {
    return 'conversation_summary'
  }

  /** The object `summary`; its fields depend on the agent's configuration. */
  get summary(): Summary {
    return (this.models !== undefined && 'subject' in this.models ? this.models.subject : this.payload['summary']) as Summary
  }
}

/** A verified `lead_collection`. */
class LeadCollection<F = Form, Message = Json, Data = JsonObject> extends Verified<Message> {
  #form: F | undefined

  get event(): 'lead_collection' {
    return 'lead_collection'
  }

  /** The object `data`; its fields depend on the agent's configuration. */
  get data(): Data {
    return (this.models !== undefined && 'subject' in this.models ? this.models.subject : this.payload['data']) as Data
  }

  /** What the lead filled in. */
  get form(): F {
    if (this.models !== undefined && 'form' in this.models) return this.models.form as F
    return (this.#form ??= formOf(this.payload) as F)
  }
}

/** A verified event of a kind that this version does not know: answer 2xx and ignore it. */
class UnknownEvent<Message = Json> extends Verified<Message> {
  get event(): UnknownName {
    return this.payload['event'] as string as UnknownName
  }
}

/** An event that nothing vouches for. No handler of verified events takes it. */
class UnverifiedEvent extends Reading<Json> {
  constructor(ours: symbol, payload: JsonObject | string, raw: Uint8Array, reader: Reader) {
    super(ours, payload, raw, reader)
  }

  /** The name of the event. */
  get event(): string {
    return this.payload['event'] as string
  }

  /** The object `summary` of a `conversation_summary`, else undefined. */
  get summary(): JsonObject | undefined {
    return this.event === 'conversation_summary' ? (this.payload['summary'] as JsonObject) : undefined
  }

  /** The object `data` of a `lead_collection`, else undefined. */
  get data(): JsonObject | undefined {
    return this.event === 'lead_collection' ? (this.payload['data'] as JsonObject) : undefined
  }

  /** What the lead filled in; empty for other events. */
  get form(): Form {
    return formOf(this.data === undefined ? {} : this.payload)
  }
}

export type { ConversationSummary, LeadCollection, UnknownEvent, UnverifiedEvent }

/** A verified event: which of the three, its `event` says. */
export type Event<Summary = JsonObject, F = Form, Message = Json, Data = JsonObject> =
  | ConversationSummary<Summary, Message>
  | LeadCollection<F, Message, Data>
  | UnknownEvent<Message>

/** Which of the three an event is. */
export type Kind = (typeof KINDS)[number]

/**
 * Reads what a verdict has accepted.
 *
 * @param payload the object, or its text, of which it is made when it is first asked for.
 */
export function verifiedEvent(
  kind: Kind,
  secretIndex: number,
  payload: JsonObject | string,
  raw: Uint8Array,
  reader: Reader,
  models?: Models,
): Event {
  switch (kind) {
    case 'conversation_summary':
      return new ConversationSummary(OURS, secretIndex, payload, raw, reader, models)
    case 'lead_collection':
      return new LeadCollection(OURS, secretIndex, payload, raw, reader, models)
    default:
      return new UnknownEvent(OURS, secretIndex, payload, raw, reader, models)
  }
}

/** The kind that a name stands for. */
export function kindOf(event: string): Kind {
  return event === 'conversation_summary' || event === 'lead_collection' ? event : 'unknown'
}

/** Reads a payload that nothing vouches for. */
export function unverifiedEvent(payload: JsonObject | string, raw: Uint8Array, reader: Reader): UnverifiedEvent {
  return new UnverifiedEvent(OURS, payload, raw, reader)
}

/** What the engine's own parser makes of a text that the verdict has accepted. */
export function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    // The verdict excludes it. The engine's own words would quote the payload.
    throw new WebhookError('payload_not_json')
  }
}

/** Items that are not an object with a string `field` and a `value` are left out, and still in the payload. */
export function formOf(payload: JsonObject): Form {
  const form = Object.create(null) as Form
  const data = payload['data']
  const items = isObject(data) ? data['form_data'] : undefined
  for (const item of Array.isArray(items) ? items : []) {
    if (!isObject(item) || !Object.hasOwn(item, 'value')) continue
    const { field, value } = item
    if (typeof field === 'string' && value !== undefined) form[field] = value
  }
  return form
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
