import { verified } from 'chatislav-webhooks/next'

import { respond, webhook } from '../../handler.js'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = verified(webhook, respond)
