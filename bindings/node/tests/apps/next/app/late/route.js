import { Webhook } from 'chatislav-webhooks'
import { verified } from 'chatislav-webhooks/next'

export const { POST, PUT } = verified(() => Webhook.fromEnv(), () => {})
