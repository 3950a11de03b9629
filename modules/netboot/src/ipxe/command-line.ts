/**
 * Kernels take 2047 characters (COMMAND_LINE_SIZE on x86 and arm64); with iPXE 16 `initrd=` and the kernel's name need
 * 260 of them, with GRUB the path of the kernel less.
 */
export const maximumLength = 1780
/** iPXE for BIOS has a stack of 4 KiB with two pointers per word on it: 200 words boot, 400 break it (QEMU's ROM). */
const maximumWords = 100

/**
 * Says why a kernel command line cannot be given to a machine, or `undefined` when it can. For people:
 * shown to whoever publishes. iPXE has no quoting at all (src/core/exec.c), so these lines are refused
 * rather than changed.
 */
export function checkCommandLine(text: string): string | undefined {
  if (text.length > maximumLength)
    return `it has ${text.length} characters; kernels take ${maximumLength} here`
  const strange = strangeIn(text)
  if (strange !== undefined) return strange
  const words = wordsOf(text)
  if (words.length > maximumWords) return `it has ${words.length} words; iPXE's stack holds ${maximumWords}`
  if (quotedRun(text))
    return 'it has a tab or several spaces within quotes; iPXE would make one space of them'
  return firstReason(words)
}

/** Says which character of a command line no loader brings to a kernel unchanged. */
export function strangeIn(text: string): string | undefined {
  const strange = /[^\x20-\x7e\t]/u.exec(text)?.[0]
  if (strange === undefined) return undefined
  return `it has ${nameOf(strange)}; only printable ASCII reaches a kernel unchanged`
}

/** The words as iPXE splits them: at white space, quotes have no meaning to it. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[ \t]+/).filter((word) => word !== '')
}

/** Says why a single word cannot stand in a script, or `undefined` when it can. */
export function checkWord(word: string): string | undefined {
  if (word === '') return 'it is empty, and iPXE has no empty words'
  const strange = /[^\x21-\x7e]/u.exec(word)?.[0]
  if (strange !== undefined) return `it has ${nameOf(strange)}`
  if (word.includes('${')) return `iPXE would put a setting in the place of "${word.slice(0, 40)}"`
  if (word.startsWith('#')) return `iPXE takes "${word.slice(0, 40)}" and what follows for a comment`
  if (operators.includes(word)) return `"${word}" as a word of its own begins another command in iPXE`
  return undefined
}

const operators: readonly string[] = ['||', '&&', ';']

function firstReason(words: readonly string[]): string | undefined {
  for (const word of words) {
    const reason = checkWord(word)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** The kernel keeps what stands within double quotes together: white space counts there. */
function quotedRun(text: string): boolean {
  return text.split('"').some((part, index) => index % 2 === 1 && /\t| {2}/.test(part))
}

function nameOf(character: string): string {
  const known: Readonly<Record<string, string>> = {
    '\n': 'a line break',
    '\r': 'a line break',
    '\t': 'a tab',
    ' ': 'a space',
  }
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  return known[character] ?? `the character U+${code}`
}
