const oncePerMs = 10_000
const mostKinds = 256

/** The level for something that strangers can cause: each kind is a warning once in 10 s, the others are for debugging. */
export function rareWarnings(): (kind: string) => 'warn' | 'debug' {
  const warned = new Map<string, number>()
  return (kind) => {
    const now = performance.now()
    const last = warned.get(kind)
    if (last !== undefined && now - last < oncePerMs) return 'debug'
    if (warned.size >= mostKinds) warned.clear()
    warned.set(kind, now)
    return 'warn'
  }
}
