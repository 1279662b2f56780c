import { verified } from 'chatislav-webhooks/next'

import { webhook } from '../../handler.js'

export const { POST, PUT } = verified(webhook, (event) => new Response(event.event, { status: 202 }))
