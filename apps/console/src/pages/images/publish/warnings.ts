import type { Release } from '@bootcast/contract'
import { publishTexts } from '../../../texts/publish.ts'

const texts = publishTexts.warnings
/** More memory than this is worth a word. */
const muchBytes = 4 * 1024 ** 3

/** What somebody should know before machines boot a new release. */
export function warningsOf({ variants }: Release): readonly string[] {
  const firmwares = new Set(variants.map(({ firmware }) => firmware))
  const [only] = firmwares.size === 1 ? firmwares : []
  const memory = Math.max(0, ...variants.map(({ memory: needed }) => needed ?? 0))
  const levels = variants.every(({ cpuLevel }) => cpuLevel !== undefined)
    ? variants.map(({ cpuLevel }) => cpuLevel ?? '').sort()
    : []
  return [
    ...(only === 'bios' ? [texts.biosOnly] : []),
    ...(only === 'uefi' ? [texts.uefiOnly] : []),
    ...(levels[0] !== undefined ? [texts.processor(levels[0])] : []),
    ...(memory > muchBytes ? [texts.memory(memory)] : []),
    ...(variants.some(({ method }) => method === 'iso') ? [texts.iso] : []),
    ...(variants.some(({ architecture }) => architecture === 'unknown') ? [texts.unknown] : []),
  ]
}
