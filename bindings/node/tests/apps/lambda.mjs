import { verified } from 'chatislav-webhooks/lambda'

import { handle, once as claims, typed as models, webhook } from './behaviour.mjs'

async function answer(event) {
  const statusCode = await handle(event)
  return statusCode === undefined ? undefined : { statusCode }
}

export const hook = verified(webhook, answer)
export const once = verified(webhook, answer, claims)
export const typed = verified(webhook, (event) => ({ statusCode: 200, body: event.summary.title }), models)
export const returned = verified(webhook, (event) => ({ got: event.event }))
