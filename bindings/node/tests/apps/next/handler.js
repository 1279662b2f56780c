import { handle } from './behaviour.mjs'

export * from './behaviour.mjs'

export async function respond(event) {
  const status = await handle(event)
  if (status !== undefined) return new Response(null, { status })
}
