import { verified } from 'chatislav-webhooks/next'

import { later, respond, webhook } from '../../handler.js'

export const { POST, PUT } = verified(webhook, respond, later)
