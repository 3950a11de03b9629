import { type Boot, type EventText, type TimelineEvent, eventText as textOf } from '@bootcast/contract'
import { sizeText } from './quantities.ts'

/** A line of a timeline in words. */
export const eventText = (event: TimelineEvent): EventText => textOf(event, sizeText)

/** States that somebody should look at are written large. */
export function stateText({ state }: Pick<Boot, 'state'>): string {
  return state === 'failed' ? 'FAILED' : state
}
