export default {
  serverExternalPackages: process.env.EXTERNAL === 'no' ? [] : ['chatislav-webhooks'],
  // Where node_modules are, since this copy of the application is not beside them.
  turbopack: { root: process.env.ROOT },
  outputFileTracingRoot: process.env.ROOT,
}
