import { maximumLength, strangeIn } from '../ipxe/command-line.ts'

/** A word that GRUB writes as it is, or one in quotes as a whole because it has a space: GRUB writes such quotes. */
const word = /"([^ "\\'\t]* [^"\\'\t]*)"|[^ \t"\\']+/
const line = new RegExp(`^[ \\t]*(?:(?:${word.source})(?:[ \\t]+|$))*$`)

/**
 * Says why GRUB cannot bring a kernel command line to its kernel as it is, or `undefined` when it can. GRUB puts a
 * backslash before each `\`, `'` and `"` of an argument, which no kernel takes away again, and quotes around the
 * whole of an argument that has a space (grub-core/lib/cmdline.c, seen with 2.06, 2.12 and 2.14).
 */
export function checkGrubCommandLine(text: string): string | undefined {
  if (text.length > maximumLength)
    return `it has ${text.length} characters; kernels take ${maximumLength} here`
  const strange = strangeIn(text)
  if (strange !== undefined) return strange
  if (/[\\']/.test(text)) return 'it has a backslash or an apostrophe, and GRUB puts a backslash before it'
  if (line.test(text)) return undefined
  return 'GRUB keeps quotes only around a whole word that has spaces: "name=two words", not name="two words"'
}

/** The words as GRUB's arguments, without the quotes that GRUB writes itself. Of a line that was checked. */
export function argumentsOf(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(word, 'g'))].map(([whole, inQuotes]) => inQuotes ?? whole)
}
