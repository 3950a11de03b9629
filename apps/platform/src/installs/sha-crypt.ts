import { createHash, randomBytes } from 'node:crypto'

/*
 * SHA-512 crypt, as /etc/shadow and installers want it: U. Drepper, "Unix crypt using SHA-256 and SHA-512", 0.6. The
 * steps have its numbers.
 */
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const rounds = 5000

/** `$6$salt$…` of a password in UTF-8, with a new salt unless one is given. Takes about 10 ms for a usual length. */
export function sha512Crypt(password: string, salt: string = newSalt()): string {
  const key = Buffer.from(password, 'utf8')
  const salted = Buffer.from(salt.slice(0, 16), 'utf8')
  const sha = (...parts: readonly Uint8Array[]) => {
    const hash = createHash('sha512')
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const b = sha(key, salted, key) // 4-8
  const a = [key, salted, filled(b, key.length)] // 1-3, 9-10
  for (let bits = key.length; bits > 0; bits >>= 1) a.push((bits & 1) === 1 ? b : key) // 11
  const first = sha(...a) // 12
  const p = filled(sha(...Array<Buffer>(key.length).fill(key)), key.length) // 13-16
  const s = filled(sha(...Array<Buffer>(16 + (first[0] ?? 0)).fill(salted)), salted.length) // 17-20
  let c = first
  for (let round = 0; round < rounds; round++) {
    const isOdd = round % 2 === 1
    const middle = [...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p])]
    c = isOdd ? sha(p, ...middle, c) : sha(c, ...middle, p) // 21
  }
  return `$6$${salted.toString('utf8')}$${encoded(c)}`
}

/** As often as it fits, and a part. */
function filled(block: Uint8Array, length: number): Buffer {
  const out = Buffer.alloc(length)
  for (let at = 0; at < length; at += block.length)
    out.set(block.subarray(0, Math.min(block.length, length - at)), at)
  return out
}

/** Step 22: three bytes a time, from places 21 apart. */
function encoded(c: Uint8Array): string {
  let text = ''
  for (let n = 0; n < 21; n++) {
    const places = [n, n + 21, n + 42]
    const turned = [...places.slice(n % 3), ...places.slice(0, n % 3)]
    const [high = 0, middle = 0, low = 0] = turned.map((place) => c[place] ?? 0)
    text += digits((high << 16) | (middle << 8) | low, 4)
  }
  return text + digits(c[63] ?? 0, 2)
}

function digits(value: number, count: number): string {
  let text = ''
  for (let n = 0; n < count; n++) text += alphabet[(value >> (6 * n)) & 0x3f]
  return text
}

/** 96 random bits. */
const newSalt = (): string => [...randomBytes(16)].map((byte) => alphabet[byte & 0x3f]).join('')
