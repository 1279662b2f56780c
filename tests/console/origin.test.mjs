// A page of another origin that knows the port, and even the token, gets nothing and changes nothing.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'

import { becomes, browser, lead, open, post, receiver, shows } from './support.mjs'

/** A page of somebody else, on another port of the same machine or under another name. */
async function stranger(t, host = '127.0.0.1') {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>stranger</title><body>'))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const context = await (await browser()).newContext()
  t.after(async () => {
    await context.close()
    server.close()
  })
  const page = await context.newPage()
  await page.goto(`http://${host}:${server.address().port}/`)
  return page
}

for (const host of ['127.0.0.1', 'localhost']) {
  test(`fetch from ${host} reads and writes nothing, with the token or without`, async (t) => {
    const at = await receiver(t)
    await post(at.hook, lead('Ada'))
    const page = await stranger(t, host)
    const outcomes = await page.evaluate(async ([base, token]) => {
      const told = {}
      const attempt = (name, ask) => ask().then((response) => (told[name] = `${response.type} ${response.status}`), () => (told[name] = 'refused'))
      const bearer = { authorization: `Bearer ${token}` }
      for (const path of ['/', '/health', '/console/main.js', '/api/v1/requests', '/api/v1/stream']) {
        await attempt(`GET ${path}`, () => fetch(base + path))
        await attempt(`GET ${path} with the token`, () => fetch(base + path, { headers: bearer }))
        await attempt(`GET ${path} credentials`, () => fetch(base + path, { credentials: 'include' }))
      }
      await attempt('DELETE', () => fetch(`${base}/api/v1/requests`, { method: 'DELETE', headers: bearer }))
      await attempt('PUT', () => fetch(`${base}/api/v1/plan`, { method: 'PUT', headers: { ...bearer, 'content-type': 'text/plain' }, body: '404' }))
      return told
    }, [at.console, at.token])
    assert.deepEqual(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'refused'), [])
    await nothingChanged(at)
  })
}

test('no-cors, forms, frames, scripts, styles, images and event sources get nothing', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await stranger(t)
  const outcomes = await page.evaluate(async (base) => {
    const element = (tag, name, path) =>
      new Promise((resolve) => {
        const made = document.createElement(tag)
        made.onload = () => resolve('loaded')
        made.onerror = () => resolve('refused')
        if (tag === 'link') made.rel = 'stylesheet'
        made[name] = base + path
        document.head.append(made)
      })
    const source = (path) =>
      new Promise((resolve) => {
        const made = new EventSource(base + path)
        made.onopen = () => resolve('open')
        made.onerror = () => (made.close(), resolve('refused'))
      })
    return {
      'no-cors GET': await fetch(`${base}/api/v1/requests`, { mode: 'no-cors' }).then(({ type, status }) => `${type} ${status}`, () => 'refused'),
      'no-cors POST': await fetch(`${base}/api/v1/requests/x/replay`, { method: 'POST', mode: 'no-cors', body: '{}' }).then(({ type, status }) => `${type} ${status}`, () => 'refused'),
      script: await element('script', 'src', '/console/main.js'),
      style: await element('link', 'href', '/console/console.css'),
      image: await element('img', 'src', '/console/icon.svg'),
      events: await source('/api/v1/stream'),
      worker: await new Promise((resolve) => {
        try {
          new Worker(`${base}/console/keys.js`).onmessage = () => resolve('runs')
          resolve('made')
        } catch {
          resolve('refused')
        }
      }),
    }
  }, at.console)
  assert.deepEqual(outcomes, Object.fromEntries(Object.keys(outcomes).map((name) => [name, 'refused'])))

  await page.evaluate((base) => {
    const frame = document.createElement('iframe')
    frame.src = `${base}/`
    document.body.append(frame)
    return new Promise((resolve) => (frame.onload = resolve))
  }, at.console)
  const framed = await page.frames().at(-1).evaluate(() => document.body?.innerText ?? '')
  assert.ok(!framed.includes('chatislav'), framed)

  await page.evaluate((base) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: `${base}/api/v1/requests/x/replay`, enctype: 'text/plain' })
    document.body.append(form)
    form.submit()
  }, at.console)
  await page.waitForURL(`${at.console}/**`)
  assert.match(await page.textContent('body'), /"code":"(origin|cross_site)_refused"/)
  await nothingChanged(at)
})

test('a link from another site shows the page and no more: it asks for the token', async (t) => {
  const at = await receiver(t)
  const page = await stranger(t)
  await page.evaluate((base) => location.assign(`${base}/#/r/x`), at.console)
  await page.getByText('This console needs its token').waitFor()
})

test('a window that another site opened is out of its reach', async (t) => {
  const at = await receiver(t)
  const page = await stranger(t)
  const [opened] = await Promise.all([page.waitForEvent('popup'), page.evaluate((link) => void (window.theirs = window.open(link)), at.link())])
  await opened.getByText('Nothing has arrived yet').waitFor()
  await becomes(page, () => window.theirs.closed, true)
  assert.equal(await opened.evaluate(() => window.opener), null)
})

async function nothingChanged(at) {
  assert.equal((await (await at.api('/requests')).json()).requests.length, 1)
  assert.equal((await (await at.api('/plan')).json()).respond, '200')
}

test('the page itself loads nothing from anywhere else', async (t) => {
  const at = await receiver(t)
  await post(at.hook, JSON.stringify({ event: 'e', url: 'http://198.51.100.7/x.png', markup: '<img src=http://198.51.100.7/y.png>' }))
  const page = await open(t, at, { link: 'about:blank' })
  const asked = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(at.link())
  await shows(page, 1)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'e', exact: true }).waitFor()
  assert.deepEqual(asked.filter((url) => !url.startsWith(`${at.console}/`)), [])
})
