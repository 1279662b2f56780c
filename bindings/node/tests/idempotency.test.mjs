// Each delivery once: in memory, in SQLite, and between processes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { Deduplicator, MemoryStore, SQLiteStore } from 'chatislav-webhooks/idempotency'
import { Sender } from 'chatislav-webhooks/testing'
import { Webhook } from 'chatislav-webhooks'

const HAS_SQLITE = process.getBuiltinModule?.('node:sqlite') !== undefined
const place = () => join(mkdtempSync(join(tmpdir(), 'chatislav-')), 'claims.db')
const STORES = { memory: () => new MemoryStore(), ...(HAS_SQLITE && { sqlite: () => new SQLiteStore(place()) }) }
const state = async (deduplicator, key) => (await deduplicator.claim(key)).state

test('without node:sqlite the store says what it needs', { skip: HAS_SQLITE }, () => {
  assert.throws(() => new SQLiteStore(place()), /Node 22/)
})

for (const [name, make] of Object.entries(STORES)) {
  test(`${name}: claimed, completed, released`, async () => {
    const deduplicator = new Deduplicator(make())
    const claim = await deduplicator.claim('k')
    assert.equal(claim.state, 'new')
    assert.equal(await state(deduplicator, 'k'), 'in_flight')
    await claim.release()
    const again = await deduplicator.claim('k')
    assert.equal(again.state, 'new')
    await again.complete()
    assert.equal(await state(deduplicator, 'k'), 'done')
    await again.release()
    await claim.release()
    assert.equal(await state(deduplicator, 'k'), 'done')
  })

  test(`${name}: a crashed claim expires, and then only its successor settles`, async () => {
    let now = 1_000
    const deduplicator = new Deduplicator(make(), { lease: 10, keep: 100, clock: () => now })
    const crashed = await deduplicator.claim('k')
    now += 9.9
    assert.equal(await state(deduplicator, 'k'), 'in_flight')
    now += 0.2
    const successor = await deduplicator.claim('k')
    assert.equal(successor.state, 'new')
    await crashed.release()
    assert.equal(await state(deduplicator, 'k'), 'in_flight')
    await successor.complete()
    now += 99
    assert.equal(await state(deduplicator, 'k'), 'done')
    now += 2
    assert.equal(await state(deduplicator, 'k'), 'new')
  })

  test(`${name}: one claims, however many ask at once`, async () => {
    const store = make()
    const deduplicators = Array.from({ length: 50 }, () => new Deduplicator(store))
    const states = await Promise.all(deduplicators.map((deduplicator) => state(deduplicator, 'k')))
    assert.equal(states.filter((one) => one === 'new').length, 1)
  })

  test(`${name}: scopes are apart, whatever they hold`, async () => {
    const store = make()
    assert.equal(await state(new Deduplicator(store, { scope: 'a' }), 'b:c'), 'new')
    assert.equal(await state(new Deduplicator(store, { scope: 'a:b' }), 'c'), 'new')
    assert.equal(await state(new Deduplicator(store), 'a:b:c'), 'new')
  })
}

test('an event is claimed by its delivery key', async () => {
  const sender = new Sender()
  const { body, headers } = sender.lead()
  const deduplicator = new Deduplicator()
  const event = new Webhook(sender.secret).verify(body, headers)
  assert.equal(await state(deduplicator, event), 'new')
  assert.equal(await state(deduplicator, event.deliveryKey), 'in_flight')
})

test('memory forgets the oldest that are done, and none in flight', async () => {
  const deduplicator = new Deduplicator(new MemoryStore(2))
  await deduplicator.claim('in flight')
  for (const key of ['a', 'b', 'c']) await (await deduplicator.claim(key)).complete()
  assert.deepEqual([await state(deduplicator, 'in flight'), await state(deduplicator, 'c'), await state(deduplicator, 'a')], ['in_flight', 'done', 'new'])
})

test('nonsense is refused when it is made', () => {
  for (const options of [{ lease: 0 }, { lease: Number.NaN }, { keep: -1 }, { keep: 'x' }]) {
    assert.throws(() => new Deduplicator(new MemoryStore(), options), RangeError)
  }
  for (const limit of [0, -1, Number.NaN]) assert.throws(() => new MemoryStore(limit), RangeError)
})

test('sqlite: the file is private, survives its process, and is shared with others', { skip: !HAS_SQLITE }, async () => {
  const path = place()
  const script = `
    import { Deduplicator, SQLiteStore } from 'chatislav-webhooks/idempotency'
    const deduplicator = new Deduplicator(new SQLiteStore(process.argv[1]))
    let won = 0
    for (let key = 0; key < 100; key += 1) {
      const claim = await deduplicator.claim('k' + key)
      if (claim.state === 'new') { won += 1; if (key % 2) await claim.complete() }
    }
    console.log(won)
    process.kill(process.pid, 'SIGKILL')`
  const run = () =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['--no-warnings', '--experimental-sqlite', '--input-type=module', '-e', script, path], {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      })
      let said = ''
      let complained = ''
      child.stdout.on('data', (piece) => (said += piece))
      child.stderr.on('data', (piece) => (complained += piece))
      child.on('close', () => resolve(complained === '' ? Number(said) : complained))
    })
  const won = await Promise.all([run(), run(), run()])
  assert.equal(won.reduce((sum, one) => sum + one, 0), 100, String(won))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const store = new SQLiteStore(path)
  const deduplicator = new Deduplicator(store)
  assert.deepEqual([await state(deduplicator, 'k0'), await state(deduplicator, 'k1'), await state(deduplicator, 'k100')], ['in_flight', 'done', 'new'])
  await store.close()
  assert.equal(await state(deduplicator, 'k1'), 'done')
  await store.close()
})

test('sqlite: a second store on the file leaves the first its locks', { skip: !HAS_SQLITE }, async () => {
  const path = place()
  const first = new Deduplicator(new SQLiteStore(path))
  await first.claim('k')
  const second = new Deduplicator(new SQLiteStore(path))
  assert.equal(await state(second, 'k'), 'in_flight')
  assert.equal(await state(first, 'k'), 'in_flight')
})

test('sqlite: a place that cannot be written is an error, and the next try may do', { skip: !HAS_SQLITE }, async () => {
  const store = new SQLiteStore('/nonexistent/claims.db')
  await assert.rejects(new Deduplicator(store).claim('k'), /ENOENT/)
  await assert.rejects(new Deduplicator(store).claim('k'), /ENOENT/)
})
