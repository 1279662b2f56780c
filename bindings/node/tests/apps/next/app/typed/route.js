import { verified } from 'chatislav-webhooks/next'

import { typed, webhook } from '../../handler.js'

export const { POST, PUT } = verified(webhook, (event) => new Response(event.summary.title), typed)
