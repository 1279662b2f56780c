import { verified } from 'chatislav-webhooks/next'
import { notFound } from 'next/navigation'

import { webhook } from '../../handler.js'

export const { POST, PUT } = verified(webhook, () => notFound())
