import type { Machine } from '@bootcast/contract'
import { forgetTexts as texts } from '../../texts/machine.ts'

/** What goes with a machine that is forgotten, in words. */
export function lostOf(machine: Machine, values: number): readonly string[] {
  const { image, nextImage, labels, installed, deployed, loader, proxyDialect } = machine
  const isOnDisk = installed !== undefined || deployed !== undefined
  const isAnswered = loader !== undefined || proxyDialect !== undefined
  return [
    image === undefined ? undefined : texts.image(image),
    nextImage === undefined ? undefined : texts.next(nextImage),
    labels.length === 0 ? undefined : texts.labels(labels.join(', ')),
    values === 0 ? undefined : texts.values,
    isOnDisk ? texts.disk : undefined,
    isAnswered ? texts.answer : undefined,
    texts.facts,
  ].filter((text) => text !== undefined)
}
