import { marksIn, oneLine, part, type Spot, whole } from './spot.ts'

/** Nothing is known of the format: values stand as they are, in one line. */
export function textSpots(skeleton: string): readonly Spot[] {
  return marksIn(skeleton).map(() => whole(oneLine))
}

/** A script: every value is within something longer. */
export function scriptSpots(skeleton: string): readonly Spot[] {
  return marksIn(skeleton).map(() => part(oneLine))
}
