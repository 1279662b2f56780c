import { verified } from 'chatislav-webhooks/next'

import { respond, webhook } from '../../handler.js'

const routes = verified(webhook, respond)

export async function POST(request) {
  await request.json()
  return routes.POST(request)
}
