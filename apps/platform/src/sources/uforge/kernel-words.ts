/** A command line without anything of the forge in it, and the files that it needs. */
export type KernelWords =
  | { readonly cmdline: string; readonly files: readonly string[] }
  | { readonly problem: string }

export type KernelWordsOptions = {
  /** Path below the root context when an address is one of a file of this image. */
  readonly fileAt: (url: URL) => string | undefined
  /** Never part of a release, however they are written. */
  readonly secrets: readonly string[]
}

const addresses = /\bhttps?:\/\/[^\s,;|"'<>]+/gi
const mostFiles = 16

/**
 * The command line that a forge gives a kernel, as a release may have it. Who boots a release reads its command line, so
 * nothing of the account may be left: an address of a file of the image becomes `{{file1}}`, served by this platform;
 * any other address with a user in it, a signature, a variable of the forge's script, or the password itself is a
 * problem, not something to mend.
 */
export function kernelWords(commandLine: string, { fileAt, secrets }: KernelWordsOptions): KernelWords {
  if (commandLine.includes('{{'))
    return { problem: 'Its command line has {{ in it, which would be filled in here.' }
  const files: string[] = []
  let problem: string | undefined
  const cmdline = commandLine.replace(addresses, (text) => {
    const url = URL.parse(text.replace(userPart, '$1'))
    const path = url === null ? undefined : fileAt(url)
    if (path !== undefined) {
      if (!files.includes(path)) files.push(path)
      return `{{file${files.indexOf(path) + 1}}}`
    }
    if (url === null || userPart.test(text) || /[?&](signature|apiKey)=/i.test(text))
      problem = `Its command line has an address with a user or a key in it (${url?.host.slice(0, 100) ?? 'unreadable'}): that would be told to every machine.`
    return text
  })
  if (problem !== undefined) return { problem }
  if (files.length > mostFiles) return { problem: `Its command line names more than ${mostFiles} files.` }
  const variable = /\$\{[^}]{0,100}\}?/.exec(cmdline)?.[0]
  if (variable !== undefined)
    return { problem: `Its command line has ${variable}, which only a script of the forge fills in.` }
  if (spellings(secrets).some((secret) => cmdline.includes(secret)))
    return { problem: 'Its command line has the password or key of the account in it.' }
  return { cmdline, files }
}

/** `https://user:password@` */
const userPart = /^(https?:\/\/)[^/@]*@/i

/** As texts write them; shorter ones would be found by chance. */
const spellings = (secrets: readonly string[]): readonly string[] =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
    .filter((text) => text.length >= 4)
