import { verified } from 'chatislav-webhooks/next'

import { once, respond, webhook } from '../../handler.js'

export const { POST, PUT } = verified(webhook, respond, once)
