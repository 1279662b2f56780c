// A receiver that is started again on its store: the page goes on, and links lead where they led.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'

import { cells, lead, open, post, receiver, shows } from './support.mjs'

test('the page waits for it, goes on where it was, and shows nothing twice', async (t) => {
  const at = await receiver(t)
  const store = join(at.runtime, 'requests.db')
  const first = await receiver(t, '--store', store)
  const ports = ['--port', new URL(first.url).port, '--console-port', new URL(first.console).port]
  await post(first.hook, '{"event": "before"}')
  const page = await open(t, first, { refusals: ['lost'] })
  await page.getByText('Live', { exact: true }).waitFor()
  await shows(page, 1)
  await first.stop('SIGKILL')
  await page.getByText('Reconnecting', { exact: true }).waitFor()

  const second = await receiver(t, '--store', store, ...ports)
  assert.equal(second.token, first.token)
  await post(second.hook, '{"event": "after"}')
  await shows(page, 2)
  await page.getByText('Live', { exact: true }).waitFor()
  assert.deepEqual((await cells(page)).map(([, event]) => event), ['after', 'before'])
  await post(second.hook, lead('Ada'))
  await shows(page, 3)
})

test('a link to a request survives a restart', async (t) => {
  const at = await receiver(t)
  const store = join(at.runtime, 'requests.db')
  const first = await receiver(t, '--store', store)
  await post(first.hook, lead('Ada'))
  const { requests } = await (await first.api('/requests')).json()
  await first.stop()
  const second = await receiver(t, '--store', store, '--port', new URL(first.url).port, '--console-port', new URL(first.console).port)
  const page = await open(t, second, { link: `${first.console}/#token=${first.token}&/r/${requests[0].id}` })
  await page.getByRole('heading', { name: 'lead_collection' }).waitFor()
})
