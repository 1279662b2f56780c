/** The user's own models: anything that speaks Standard Schema, such as zod, valibot and arktype. */

import { WebhookError } from './errors.js'
import { type Event, formOf, type Form, type Json, type JsonObject, type Models } from './event.js'

/** The part of https://standardschema.dev that is used here. */
export interface Schema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] }

/** Models for the parts of an event; each part without one stays as it came. */
export interface Schemas {
  /** For `summary` of a `conversation_summary`. */
  readonly summary?: Schema
  /** For `data` of a `lead_collection`. */
  readonly data?: Schema
  /** For `form` of a `lead_collection`: field to value. */
  readonly form?: Schema
  /** For each of the `messages`. */
  readonly message?: Schema
}

type Output<S extends Schemas, Part extends keyof Schemas, Otherwise> =
  S[Part] extends Schema<infer Model> ? Model : Otherwise

/** The event as these models have it. */
export type EventOf<S extends Schemas> = Event<
  Output<S, 'summary', JsonObject>,
  Output<S, 'form', Form>,
  Output<S, 'message', Json>,
  Output<S, 'data', JsonObject>
>

/** @throws {WebhookError} `schema_mismatch` where they cannot be read. */
export function schemasOf(options: { readonly schemas?: Schemas | undefined } | null | undefined): Schemas | undefined {
  return readable(() => options?.schemas ?? undefined)
}

const AGAIN = 'the answer 500 makes Chatislav send the event again'

interface Part {
  readonly schema: Schema
  readonly path: string
  readonly value: unknown
  readonly keep: (models: Models, output: unknown) => void
}

/**
 * What the models make of a payload that the verdict has accepted.
 *
 * @throws {WebhookError} `schema_mismatch` with the path of what does not fit.
 */
export function applied(schemas: Schemas, payload: JsonObject): Models {
  const models: Models = {}
  for (const part of partsOf(schemas, payload)) {
    const result = judged(part)
    if (isPromise(result)) {
      result.then(undefined, () => undefined)
      throw new WebhookError('schema_mismatch', { hint: `the schema is asynchronous, and verify is not: ${AGAIN}`, path: part.path })
    }
    part.keep(models, outputOf(part, result))
  }
  return models
}

/** As `applied`, and waits for schemas that are asynchronous. */
export async function awaited(schemas: Schemas, payload: JsonObject): Promise<Models> {
  const models: Models = {}
  for (const part of partsOf(schemas, payload)) {
    let result
    try {
      result = await judged(part)
    } catch (failure) {
      throw failure instanceof WebhookError ? failure : raised(part, failure)
    }
    part.keep(models, outputOf(part, result))
  }
  return models
}

function partsOf(schemas: Schemas, payload: JsonObject): Part[] {
  return readable(() => listed(schemas, payload))
}

function listed(schemas: Schemas, payload: JsonObject): Part[] {
  const parts: Part[] = []
  const part = (schema: Schema | undefined, path: string, value: unknown, keep: Part['keep']): void => {
    if (schema !== undefined) parts.push({ schema, path, value, keep })
  }
  const subject: Part['keep'] = (models, output) => {
    models.subject = output
  }
  if (payload['event'] === 'conversation_summary') {
    part(schemas.summary, 'summary', payload['summary'], subject)
  } else if (payload['event'] === 'lead_collection') {
    part(schemas.data, 'data', payload['data'], subject)
    part(schemas.form, 'form', formOf(payload), (models, output) => {
      models.form = output
    })
  }
  const { messages } = payload
  if (schemas.message !== undefined && Array.isArray(messages)) {
    const { message } = schemas
    messages.forEach((value, index) => {
      part(message, `messages.${index}`, value, (models, output) => {
        ;((models.messages ??= []) as unknown[])[index] = output
      })
    })
  }
  return parts
}

/** What the user's own object says when it is asked. */
function readable<T>(ask: () => T): T {
  try {
    return ask()
  } catch {
    throw new WebhookError('schema_mismatch', { hint: `the schemas cannot be read: ${AGAIN}` })
  }
}

function judged(part: Part): Result<unknown> | Promise<Result<unknown>> {
  let standard: Schema['~standard'] | undefined
  try {
    standard = part.schema['~standard']
    if (typeof standard?.validate === 'function') return standard.validate(part.value)
  } catch (failure) {
    throw raised(part, failure)
  }
  throw new WebhookError('schema_mismatch', {
    hint: `the schema does not speak Standard Schema, as zod, valibot and arktype do: ${AGAIN}`,
    path: part.path,
  })
}

function outputOf(part: Part, result: Result<unknown>): unknown {
  try {
    if (result.issues === undefined) return result.value
    // Names may be the payload's own, such as the keys of a record, and its words are nothing for a log.
    const steps = Array.from(result.issues[0]?.path ?? [], (step) => (typeof step === 'object' ? step.key : step))
    const shown = steps.map((step, depth) => (typeof step === 'number' || isDeclared(part, steps, depth) ? String(step) : '*'))
    return fail(part, [part.path, ...shown].join('.'))
  } catch (failure) {
    throw failure instanceof WebhookError ? failure : raised(part, failure)
  }
}

function fail(part: Part, path: string): never {
  throw new WebhookError('schema_mismatch', { hint: `the ${part.schema['~standard'].vendor} schema refused it: ${AGAIN}`, path })
}

/** A name is the schema's own if the payload need not have it: what is missing is told by its name. */
function isDeclared(part: Part, steps: readonly PropertyKey[], depth: number): boolean {
  const name = steps[depth]
  return typeof name === 'string' && namesOf(part.schema, 0).has(name)
}

/** Where schemas keep the schemas of their fields, and of what they wrap. */
const FIELDS = ['shape', 'entries', 'properties']
const WITHIN = ['element', 'item', 'wrapped', 'innerType', 'options', 'in', 'out', 'def']

/** Every name that a schema declares, as far as its own structure shows. */
function namesOf(schema: unknown, depth: number, names = new Set<string>()): Set<string> {
  if (depth > 16 || (typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return names
  for (const holder of FIELDS) {
    const fields = partOf(schema, holder)
    if (typeof fields !== 'object' || fields === null) continue
    for (const [name, inner] of Object.entries(fields)) {
      names.add(name)
      namesOf(inner, depth + 1, names)
    }
  }
  // arktype lists its properties.
  const props = partOf(schema, 'props')
  for (const prop of Array.isArray(props) ? (props as { key?: unknown; value?: unknown }[]) : []) {
    if (typeof prop?.key === 'string') names.add(prop.key)
    namesOf(prop?.value, depth + 1, names)
  }
  for (const holder of WITHIN) {
    const inner = partOf(schema, holder)
    for (const one of Array.isArray(inner) ? inner : [inner]) namesOf(one, depth + 1, names)
  }
  return names
}

/** What a schema does not have may be an error to ask for. */
function partOf(schema: object, name: string): unknown {
  try {
    return (schema as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

function raised(part: Part, failure: unknown): WebhookError {
  // The text of a failure may quote the payload; its class does not.
  const name = failure instanceof Error ? failure.constructor.name : typeof failure
  return new WebhookError('schema_mismatch', { hint: `the schema raised ${name}: ${AGAIN}`, path: part.path })
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
