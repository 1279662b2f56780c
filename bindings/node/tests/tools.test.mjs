// What others check: the types under tsc, the entries under attw and publint.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { declared, snippets, wholeFiles } from './examples.mjs'

const require = createRequire(import.meta.url)
const here = fileURLToPath(new URL('.', import.meta.url))
const home = dirname(require.resolve('chatislav-webhooks/package.json'))

/** The program of a package, run by this Node. */
function run(name, bin, ...options) {
  const folder = join(here, '../node_modules', name)
  try {
    return execFileSync(process.execPath, [join(folder, bin), ...options], { cwd: here, stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    return assert.fail(`${error.stdout}${error.stderr}`)
  }
}

// The examples beside the file that says what must not compile.
const numbered = (kind, texts) => texts.map((text, index) => [`${kind}-${index + 1}`, text])
const examples = [...Object.entries(declared), ...numbered('snippet', snippets), ...numbered('file', wholeFiles)]
for (const [name, text] of examples) writeFileSync(join(here, `types/example-${name}.ts`), `${text}\nexport {}\n`)

const MODULES = [
  ['nodenext', 'nodenext'],
  ['node20', 'node16'],
  ['esnext', 'bundler'],
]

for (const [module, moduleResolution] of MODULES) {
  test(`tsc --strict, module ${module}`, () => {
    writeFileSync(join(here, `types/tsconfig.${module}.json`), JSON.stringify({
      compilerOptions: {
        module, moduleResolution, target: 'es2022', strict: true, noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
        esModuleInterop: true, experimentalDecorators: true, emitDecoratorMetadata: true, types: ['node'], skipLibCheck: true,
      },
      include: ['*.ts'],
    }))
    run('typescript', 'bin/tsc', '-p', `types/tsconfig.${module}.json`)
  })
}

test('attw: every entry resolves, as ES module and as CommonJS, with its types', () => {
  const packed = process.env.CHATISLAV_TARBALL
  assert.ok(packed, 'CHATISLAV_TARBALL names the tarball')
  run('@arethetypeswrong/cli', 'dist/index.js', packed, '--profile', 'node16', '--no-emoji')
})

test('publint', () => {
  const said = run('publint', 'src/cli.js', home, '--strict')
  assert.match(said, /All good/)
})

test('an import that is not of an entry is refused', () => {
  assert.throws(() => require('chatislav-webhooks/dist/cjs/native.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
  assert.ok(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).exports)
})
