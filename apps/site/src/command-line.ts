/** What a person typed after `bootcast-site`, before the options of the program. */
export type CommandLine =
  | { readonly command: 'run' | 'doctor'; readonly options: readonly string[] }
  | {
      readonly command: 'join'
      readonly url: string
      readonly token: { readonly text: string } | { readonly file: string }
      readonly options: readonly string[]
    }
  /** In words for whoever typed it. */
  | { readonly command: 'unclear'; readonly why: string }

const commands = ['join', 'run', 'doctor'] as const

/** Options stay as they are; without a command it is `run`. */
export function commandLine(argv: readonly string[]): CommandLine {
  const [first = ''] = argv
  if (first === '' || first.startsWith('-')) return { command: 'run', options: argv }
  const command = commands.find((one) => one === first)
  if (command === undefined)
    return {
      command: 'unclear',
      why: `there is no command ${first.slice(0, 40)}; there are: ${commands.join(', ')}`,
    }
  const rest = argv.slice(1)
  return command === 'join' ? joinLine(rest) : { command, options: rest }
}

function joinLine(argv: readonly string[]): CommandLine {
  const [url = '', ...rest] = argv
  const why = whyNoUrl(url)
  if (why !== undefined) return { command: 'unclear', why }
  const text = taken(rest, '--token')
  const file = taken(text.others, '--token-file')
  const token =
    text.value !== undefined
      ? { text: text.value }
      : file.value !== undefined
        ? { file: file.value }
        : undefined
  if (token === undefined)
    return {
      command: 'unclear',
      why: 'join needs --token TOKEN or --token-file FILE; "bootcast site add NAME" prints it',
    }
  return { command: 'join', url: url.replace(/\/+$/, ''), token, options: file.others }
}

function whyNoUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null)
    return 'join needs the address of the platform: bootcast-site join https://boot.example:8443 --token TOKEN'
  if (url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    return `${text.slice(0, 100)} is no address of a platform: https, a name and a port`
  return undefined
}

/** The value of a flag, as `--flag value` or `--flag=value`, and what is left without it. */
function taken(
  argv: readonly string[],
  flag: string,
): { readonly value?: string; readonly others: readonly string[] } {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`))
  if (at === -1) return { others: argv }
  const isJoined = argv[at] !== flag
  const value = isJoined ? argv[at]?.slice(flag.length + 1) : argv[at + 1]
  const others = argv.toSpliced(at, isJoined ? 1 : 2)
  return value === undefined ? { others } : { value, others }
}
