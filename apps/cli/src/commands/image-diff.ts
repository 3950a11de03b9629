import type { Client, ReleaseDifference } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { meantRelease } from '../meant-release.ts'
import { sizeText } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addDiffCommand(image: Command, world: World): void {
  const command = addCommand(image, {
    usage: 'diff <release>',
    summary: 'What a release costs a site that has the one before: bytes in all, and those that are new',
    examples: [
      'bootcast image diff demo',
      'bootcast image diff demo@3 --from demo@1',
      'bootcast image diff demo@testing --from demo@stable',
      "bootcast image diff demo --json | jq '.fetched'",
    ],
  }).option('--from <release>', 'what the site has: another release of the image instead of the one before')
  runs(command, world, diff)
}

async function diff(
  { output, connect }: Desk,
  [text = '']: readonly string[],
  { from }: { readonly from?: string },
): Promise<void> {
  const { client } = await connect()
  const { image, number } = await meantRelease(client, text)
  const base = from === undefined ? undefined : await otherOf(client, image, from)
  const found = await client.call('showDifference', {
    params: { name: image, number },
    query: base === undefined ? {} : { from: base },
  })
  output.result(found, () => {
    const { files, rest } = found
    const rows: readonly Row[] = [...files, { role: 'other', name: 'archives, tables, chunk maps', ...rest }]
    const shown = rows.filter(({ fetched, size }) => fetched > 0 && size > 0)
    const sentence = output.sentence(sumText(found))
    return shown.length === 0 ? sentence : [sentence, '', output.table(columns, shown)].join('\n')
  })
}

type Row = {
  readonly role: string
  readonly name: string
  readonly size: number
  readonly fetched: number
}

const columns: readonly Column<Row>[] = [
  { title: 'FILE', text: ({ role }) => role },
  { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
  { title: 'SIZE', text: ({ size }) => sizeText(size), align: 'right' },
  { title: 'NEW', text: ({ fetched }) => sizeText(fetched), align: 'right' },
]

/** `demo@1`, `demo@testing`, or the number alone. @throws {Failure} for a release of another image */
async function otherOf(client: Client, image: string, text: string): Promise<number> {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  const other = await meantRelease(client, text)
  if (other.image === image) return other.number
  throw usageFailure(
    `${text} is no release of ${image}.`,
    `Releases of one image are compared: give it as ${image}@2.`,
  )
}

function sumText({ image, number, from, size, fetched }: ReleaseDifference): string {
  const release = `${image}@${number}`
  const whole = sizeText(size)
  if (from === undefined) return `A site fetches all ${whole} of ${release}: no release is before it.`
  const site = `A site that has ${image}@${from}`
  if (fetched === 0) return `${site} has all of ${release}: it fetches nothing.`
  return `${site} fetches ${sizeText(fetched)} of the ${whole} of ${release} (${percentText(fetched / size)}).`
}

const percentText = (share: number): string =>
  share < 0.01 ? 'less than 1 %' : `${Math.min(100, Math.round(share * 100))} %`
