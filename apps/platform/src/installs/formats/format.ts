import { jsonSpots } from './json.ts'
import { kickstartSpots } from './kickstart.ts'
import { preseedSpots } from './preseed.ts'
import type { Spots } from './spot.ts'
import { scriptSpots, textSpots } from './text.ts'
import { xmlSpots } from './xml.ts'
import { yamlSpots } from './yaml.ts'

export type Format = {
  /** For people. */
  readonly about: string
  /** Where values may stand in a text, and how they are said there. */
  readonly spots: Spots
  /** What reads it installs a system, unless the template says otherwise. */
  readonly installs: boolean
  /** Why a text that is filled in is none of this format, where a parser is at hand. */
  readonly whyWrong?: (text: string) => string | undefined
}

/** cloud-init takes scripts for user-data, too. */
const cloudSpots: Spots = (skeleton) => (skeleton.startsWith('#!') ? scriptSpots : yamlSpots)(skeleton)

function whyNoJson(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    // The rest of the message quotes the text, and with it perhaps a secret.
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0]
    return `it is no JSON${at === undefined ? '' : ` at ${at}`}`
  }
}

const table = {
  preseed: { about: 'answers of the Debian installer', spots: preseedSpots, installs: true },
  kickstart: { about: 'answers of Anaconda (Fedora, RHEL)', spots: kickstartSpots, installs: true },
  'cloud-init': { about: 'cloud-init and autoinstall (Ubuntu), YAML', spots: cloudSpots, installs: true },
  ignition: {
    about: 'Ignition (CoreOS, Flatcar), JSON',
    spots: jsonSpots,
    installs: false,
    whyWrong: whyNoJson,
  },
  autoyast: { about: 'answers of YaST, XML', spots: xmlSpots, installs: true },
  agama: { about: 'profile of Agama (Leap 16, SLES 16), JSON', spots: jsonSpots, installs: true },
  talos: { about: 'machine configuration of Talos, YAML', spots: yamlSpots, installs: false },
  unattend: { about: 'answers of Windows Setup, XML', spots: xmlSpots, installs: true },
  text: { about: 'anything else: values stand as they are, in one line', spots: textSpots, installs: false },
} as const satisfies Record<string, Format>

export type FormatName = keyof typeof table
export const formats: Readonly<Record<FormatName, Format>> = table
export const formatNames = Object.keys(table) as readonly FormatName[]
