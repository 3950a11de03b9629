import { createRequire } from 'node:module'

type Koffi = typeof import('koffi')
export type Libc = { readonly koffi: Koffi; readonly lib: ReturnType<Koffi['load']> }

let loaded: Libc | undefined | 'untried' = 'untried'

/**
 * The C library of this Linux, for the few system calls that Node does not offer (SO_BINDTODEVICE,
 * UDP_SEGMENT, sendfile). `undefined` on other systems and where koffi ships no binary: whoever asks
 * must have a portable way as well.
 */
export function libc(): Libc | undefined {
  if (loaded === 'untried') loaded = load()
  return loaded
}

function load(): Libc | undefined {
  if (process.platform !== 'linux') return undefined
  const require = createRequire(import.meta.url)
  try {
    const koffi = require('koffi') as Koffi
    return { koffi, lib: koffi.load('libc.so.6') }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** koffi is an optional dependency: absent, without a binary for this processor, or a libc of another name. */
function isMissing(error: unknown): boolean {
  const text = error instanceof Error ? error.message : ''
  return /Cannot find|cannot open shared object|failed to load/i.test(text)
}
