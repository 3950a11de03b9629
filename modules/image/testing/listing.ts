import { readFileSync } from 'node:fs'
import { bufferSource } from '../src/byte-source.ts'
import type { Tree, TreeFile } from '../src/tree.ts'
import { bzImageHead, peHead } from './boot-images.ts'

export type Listing = {
  readonly tree: Tree
  /** What must recognise it. */
  readonly family: string
  readonly as: string | undefined
  /** Words of the refusal. */
  readonly refused: string | undefined
}

const contents: Readonly<Record<string, () => Buffer>> = {
  '@kernel': () => bzImageHead(),
  '@efi': () => peHead(0x8664, 'program'),
}

/**
 * A tree written down: `# key: value` lines, then a path per line; `path = text` with its content (`\n` for line
 * ends), `path @kernel` for the head of a kernel, `path -> target` for a link.
 */
export function readListing(path: string): Listing {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const facts = new Map(
    lines.flatMap((line): [string, string][] => {
      const [, key, value] = /^# ([a-z-]+): (.*)$/.exec(line) ?? []
      return key === undefined || value === undefined ? [] : [[key, value]]
    }),
  )
  const sources: Buffer[] = []
  const files = new Map<string, TreeFile>()
  const links = new Map<string, string>()
  for (const line of lines.filter((text) => !text.startsWith('# '))) {
    const [, name = '', target] = /^(.*) -> (.*)$/.exec(line) ?? []
    if (target !== undefined) {
      links.set(name, target)
      continue
    }
    const { file, bytes } = fileOf(line, sources.length)
    sources.push(bytes)
    files.set(file.path, file)
  }
  const platforms = facts
    .get('starts-as-cd')
    ?.split(' ')
    .filter((one) => one === 'bios' || one === 'uefi')
  return {
    tree: {
      format: facts.get('format') ?? 'directory',
      sources: sources.map((bytes) => bufferSource(bytes)),
      files,
      links,
      label: facts.get('label') ?? '',
      ...(platforms !== undefined && { startsAsCd: platforms }),
    },
    family: facts.get('family') ?? '',
    as: facts.get('as'),
    refused: facts.get('refused'),
  }
}

function fileOf(line: string, source: number): { readonly file: TreeFile; readonly bytes: Buffer } {
  const [, path = line, special, text] = /^(\S+)(?: (@\w+)| = (.*))?$/.exec(line) ?? []
  const content =
    special === undefined ? Buffer.from((text ?? 'x').replaceAll('\\n', '\n')) : contents[special]?.()
  const bytes = content ?? Buffer.from('x')
  return { file: { path, size: bytes.length, extents: [{ source, offset: 0, length: bytes.length }] }, bytes }
}
