// Runs the worker in workerd and prints what it answered. miniflare wants Node 22, so this is a process of its own.
import { text } from 'node:stream/consumers'

import { Miniflare } from 'miniflare'

const { script, requests } = JSON.parse(await text(process.stdin))
const miniflare = new Miniflare({ modules: true, script, compatibilityDate: '2025-01-01' })
try {
  // All at once, so that requests share the object while its key is being imported.
  const answers = await Promise.all(
    requests.map(async ({ path, ...request }) => {
      const response = await miniflare.dispatchFetch(`http://worker${path}`, request)
      return { status: response.status, text: await response.text() }
    }),
  )
  process.stdout.write(JSON.stringify(answers))
} finally {
  await miniflare.dispose()
}
