import { verified } from 'chatislav-webhooks/next'

import { handle, once, webhook } from '../../../counted.mjs'

export const { POST, PUT } = verified(webhook, handle, once)
