// The bindings that vitest.config.ts gives to the tests in the Workers runtime: those of a deployment.

// biome-ignore lint/style/noNamespace: it is the runtime's own, and can only be extended as one
declare namespace Cloudflare {
  interface Env extends Required<import('../../src/env').Env> {}
}
