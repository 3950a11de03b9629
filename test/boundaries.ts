import { posix } from 'node:path'

/** Who may import whom: the drawing in ARCHITECTURE.md. Apps import modules, modules import only these. */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  'modules/netboot': [],
  'modules/content': [],
  'modules/contract': [],
  'modules/image': [],
  'modules/boot': ['netboot'],
  'modules/options': ['boot'],
  'modules/catalogue': ['boot', 'content', 'image'],
  'modules/uplink': ['boot', 'content', 'image', 'catalogue'],
  'apps/platform': ['netboot', 'content', 'contract', 'boot', 'image', 'options', 'catalogue', 'uplink'],
  'apps/site': ['netboot', 'content', 'boot', 'options', 'catalogue', 'uplink'],
  'apps/cli': ['contract', 'image'],
  'apps/console': ['contract'],
}

/** Rooms of the platform that know each other only by types and functions, never by their stores. */
const platformRooms = [
  'sites',
  'sources',
  'catalogue',
  'identity',
  'audit',
  'machines',
  'openings',
  'installs',
  'policy',
  'leases',
  'uploads',
  'publishing',
  'builds',
  'uforge',
  'boot',
  'boots',
  'network',
  'api',
  'database',
]
const wiringFiles = [
  'main',
  'compose',
  'handlers-of',
  'config',
  'open-publishing',
  'open-builds',
  'open-sources',
  'open-uforge',
  'open-catalogue',
  'open-identity',
  'open-directory',
  'open-installs',
  'open-sites',
  'open-uplink',
  'kept',
  'providers-told',
  'status',
]

export type Source = { readonly path: string; readonly text: string }

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?(?:[^;'"]*?\bfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g

/** One sentence for each import that crosses a boundary; empty when the house is in order. */
export function violations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => importsOf(source.text).flatMap((target) => judge(source.path, target)))
}

function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '')
}

function judge(path: string, target: string): string[] {
  const home = path.split('/').slice(0, 2).join('/')
  if (target.startsWith('#'))
    return [`${path} imports ${target}: no aliases, relative paths inside a package`]
  if (target.startsWith('@bootcast/')) return judgePackage(path, home, target)
  if (!target.startsWith('.')) return []
  return judgeRelative(path, home, posix.join(posix.dirname(path), target))
}

function judgePackage(path: string, home: string, target: string): string[] {
  const name = target.split('/')[1] ?? ''
  if (home === `modules/${name}`) return [] // its own door, as the suites in testing/ use it
  if (allowed[home]?.includes(name) === true) return []
  return [
    `${path} imports ${target}: ${home} may import only ${allowed[home]?.join(', ') || 'nothing of ours'}`,
  ]
}

function judgeRelative(path: string, home: string, target: string): string[] {
  if (!`${target}/`.startsWith(`${home}/`)) return [`${path} reaches over the wall of ${home} to ${target}`]
  if (home !== 'apps/platform' || path.endsWith('.test.ts') || path.includes('/testing/')) return []
  return judgeRoom(path, target)
}

function judgeRoom(path: string, target: string): string[] {
  const room = path.split('/')[3] ?? ''
  const otherRoom = target.split('/')[3] ?? ''
  const file = posix.basename(target, '.ts')
  if (!platformRooms.includes(room)) return []
  if (wiringFiles.includes(posix.basename(otherRoom, '.ts')))
    return [`${path} imports ${file}: only wiring knows wiring`]
  if (room === otherRoom) return []
  // UForge's API is a second one on the same listener, with the same admission and the same errors.
  if (otherRoom === 'api' && room !== 'uforge')
    return [`${path} imports ${target}: nobody but the wiring imports the api`]
  const isStore = /^sql-/.test(posix.basename(path))
  if (otherRoom === 'database' && !isStore)
    return [`${path} imports ${target}: only sql-* stores know the database`]
  if (/^sql-/.test(file)) return [`${path} imports ${target}: a room does not know another's store`]
  return []
}
