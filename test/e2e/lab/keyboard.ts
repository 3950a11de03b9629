import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** QEMU's names of keys for what is no letter or digit, on a US keyboard. */
const named: Readonly<Record<string, string>> = {
  ...{
    ' ': 'spc',
    '\n': 'ret',
    '\t': 'tab',
    '\u001b': 'esc',
    '-': 'minus',
    '=': 'equal',
    '[': 'bracket_left',
  },
  ...{ ']': 'bracket_right', ';': 'semicolon', "'": 'apostrophe', '`': 'grave_accent', '\\': 'backslash' },
  ...{
    ',': 'comma',
    '.': 'dot',
    '/': 'slash',
    _: 'shift-minus',
    '+': 'shift-equal',
    '{': 'shift-bracket_left',
  },
  ...{
    '}': 'shift-bracket_right',
    ':': 'shift-semicolon',
    '"': 'shift-apostrophe',
    '~': 'shift-grave_accent',
  },
  ...{ '|': 'shift-backslash', '<': 'shift-comma', '>': 'shift-dot', '?': 'shift-slash', '!': 'shift-1' },
  ...{ '@': 'shift-2', '#': 'shift-3', $: 'shift-4', '%': 'shift-5', '^': 'shift-6', '&': 'shift-7' },
  ...{ '*': 'shift-8', '(': 'shift-9', ')': 'shift-0' },
}

/** Slower than firmware reads, emulated on a busy computer. */
const pauseMs = 120

/** The keyboard of an emulated machine, and its screen, by QEMU's monitor. */
export class Keyboard {
  /** The socket of the monitor. */
  readonly monitor: string

  constructor(monitor: string) {
    this.monitor = monitor
  }

  /** Types a text; `\n` is Enter. */
  async type(text: string): Promise<void> {
    await this.press(...[...text].map(keyOf))
  }

  /** Presses keys by QEMU's names: `down`, `ret`, `ctrl-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#say(keys.map((key) => `sendkey ${key} 60`))
  }

  /** What its screen shows, as a PPM file. */
  async screenshot(path: string): Promise<void> {
    await this.#say([`screendump ${path}`])
    await delay(500)
  }

  async #say(commands: readonly string[]): Promise<void> {
    const socket = connect(this.monitor)
    await once(socket, 'connect')
    socket.resume()
    for (const command of commands) {
      socket.write(`${command}\n`)
      await delay(pauseMs)
    }
    socket.end()
    await once(socket, 'close')
  }
}

function keyOf(character: string): string {
  if (/^[a-z0-9]$/.test(character)) return character
  if (/^[A-Z]$/.test(character)) return `shift-${character.toLowerCase()}`
  const key = named[character]
  if (key === undefined) throw new Error(`no key for ${JSON.stringify(character)}`)
  return key
}
