/**
 * What tsyringe, the container inside @peculiar/x509, wants to find before it is loaded: the four functions of the
 * retired "Metadata Reflection API" that it calls. Nothing is changed where some other package brought them already.
 */
type Key = string | symbol
type Reflecting = {
  defineMetadata?: (key: Key, value: unknown, target: object) => void
  getOwnMetadata?: (key: Key, target: object) => unknown
  getMetadata?: (key: Key, target: object) => unknown
  hasOwnMetadata?: (key: Key, target: object) => boolean
}

const kept = new WeakMap<object, Map<Key, unknown>>()

const own = (key: Key, target: object): unknown => kept.get(target)?.get(key)

function inherited(key: Key, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at))
    if (kept.get(at)?.has(key) === true) return own(key, at)
  return undefined
}

const reflect = Reflect as Reflecting
if (reflect.getMetadata === undefined) {
  reflect.defineMetadata = (key, value, target) => {
    kept.set(target, (kept.get(target) ?? new Map()).set(key, value))
  }
  reflect.getOwnMetadata = own
  reflect.getMetadata = inherited
  reflect.hasOwnMetadata = (key, target) => kept.get(target)?.has(key) === true
}
