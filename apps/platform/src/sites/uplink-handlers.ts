import type { Context, Peer, UplinkHandlers } from '@bootcast/uplink'
import type { Site } from './site.ts'
import type { SiteDesk } from './site-desk.ts'
import type { SnapshotDesk } from './snapshot-desk.ts'

export type UplinkHandlersParts = {
  readonly desk: SiteDesk
  readonly snapshots: SnapshotDesk
  readonly authorities: () => readonly string[]
}

/** What sites ask, on its way to the desk: for whom it is looked up once for each call. */
export function uplinkHandlers({ desk, snapshots, authorities }: UplinkHandlersParts): UplinkHandlers {
  const as =
    <Input, Output>(answer: (input: Input, site: Site, context: Context) => Promise<Output> | Output) =>
    async (input: Input, peer: Peer, context: Context): Promise<Output> =>
      await answer(input, await desk.admit(peer), context)
  const quietly =
    <Input>(take: (input: Input, site: Site) => Promise<void> | void) =>
    async (input: Input, peer: Peer): Promise<Record<string, never>> => {
      await take(input, await desk.admit(peer))
      return {}
    }
  return {
    authority: async () => ({ authorities: [...authorities()] }),
    join: (request, visitor) => desk.join(request, visitor),
    renew: as((request, site) => desk.renew(request, site)),
    decide: as((request, site) => desk.decide(request, site)),
    started: quietly((boot, site) => desk.started(boot, site)),
    reported: quietly((report, site) => desk.reported(report, site)),
    phonedHome: quietly((call, site) => desk.phonedHome(call, site)),
    refused: quietly((refusals) => desk.refused(refusals)),
    heard: quietly((machines, site) => desk.heard(machines, site)),
    document: as((request, site) => desk.document(request, site)),
    signIn: as((request, site) => desk.signIn(request, site)),
    code: as((request, site) => desk.code(request, site)),
    codeWait: as((request, site, { signal }) => desk.codeWait(request, site, signal)),
    events: as((request, site) => desk.events(request, site)),
    report: quietly((report, site) => desk.report(report, site)),
    snapshot: as(({ etag }, site, { signal, waitSeconds }) =>
      snapshots.next(site.id, { etag, waitMs: waitSeconds * 1000, signal }),
    ),
  }
}
