// What is packed: entries, sizes, what loading it brings along.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'

const require = createRequire(import.meta.url)
const home = dirname(require.resolve('chatislav-webhooks/package.json'))
const { exports: entries, dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))

test('every entry is there as ES module and as CommonJS, with the same names', async () => {
  for (const entry of Object.keys(entries).filter((name) => name !== './package.json')) {
    const name = join('chatislav-webhooks', entry)
    const names = (module) => Object.keys(module).filter((key) => key !== 'default' && key !== '__esModule' && key !== 'module.exports').sort()
    assert.deepEqual(names(await import(name)), names(require(name)), name)
    if (!['.', './web', './idempotency', './testing'].includes(entry)) assert.equal(typeof require(name).verified, 'function', name)
  }
})

test('it needs no other package, and the addon is under 2 MiB', () => {
  assert.equal(dependencies, undefined)
  const addons = readdirSync(join(home, 'dist/native')).filter((name) => name.endsWith('.node'))
  assert.equal(addons.length, 1)
  assert.ok(statSync(join(home, 'dist/native', addons[0])).size < 2 * 1024 * 1024)
  assert.ok(readdirSync(home).every((name) => ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'dist', 'package.json'].includes(name)), readdirSync(home).join())
})

test('where there is no addon, the error says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatislav-package-'))
  cpSync(home, folder, { recursive: true, filter: (name) => !name.endsWith('.node') })
  for (const half of ['esm/index.js', 'cjs/index.js']) {
    const { stderr, status } = spawnSync(process.execPath, [join(folder, 'dist', half)], { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /no addon for .*chatislav-webhooks\/web/)
  }
  rmSync(folder, { recursive: true })
})

test('loading it loads nothing heavy', () => {
  const script = `
    const before = new Set(process.moduleLoadList)
    require('chatislav-webhooks')
    const heavy = process.moduleLoadList.filter((name) => !before.has(name)).filter((name) => /sqlite|http|tls|child_process|worker/.test(name))
    console.log(JSON.stringify(heavy))`
  assert.equal(execFileSync(process.execPath, ['-e', script], { cwd: import.meta.dirname ?? '.', encoding: 'utf8' }).trim(), '[]')
})

for (const condition of ['workerd', 'edge-light', 'browser']) {
  test(`under ${condition} the main entry throws at import, and names the other`, () => {
    for (const [kind, script] of [['module', "import 'chatislav-webhooks'"], ['commonjs', "require('chatislav-webhooks')"]]) {
      const run = () => execFileSync(process.execPath, ['-C', condition, `--input-type=${kind}`, '-e', script], { cwd: dirname(new URL(import.meta.url).pathname), stdio: 'pipe', encoding: 'utf8' })
      assert.throws(run, (error) => error.stderr.includes('chatislav-webhooks/web') && error.stderr.includes('await'))
    }
  })
}
