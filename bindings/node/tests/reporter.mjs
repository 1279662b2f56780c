// Failures whole, and one line at the end: what passes need not be read.
export default async function* reporter(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      if (data.message.startsWith('FUZZ_SEED')) yield data.message
    }
    if (type === 'test:fail') {
      counts.failed += 1
      const { error } = data.details
      yield `\nFAILED ${data.name} (${data.file}:${data.line})\n${error?.cause?.stack ?? error?.cause ?? error?.stack ?? error}\n`
    }
    if (type === 'test:pass' && data.details?.type !== 'suite') counts[data.skip === undefined ? 'passed' : 'skipped'] += 1
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`
}
