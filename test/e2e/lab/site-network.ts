import { addBridge, addCable, addPort, bringUp, Namespaces } from './namespaces.ts'
import { LabNetwork } from './network.ts'
import { run } from './processes.ts'
import { type LineOrder, usualLine, WanLine } from './wan-line.ts'

/** Where the platform is, in the namespace `platform`. */
export const platformAddress = '10.88.0.1'
/** What the platform sees of the site. */
export const siteAddress = '10.88.0.2'
/** Where the site is for a site behind it. */
export const upstreamAddress = '10.89.0.1'

export type SiteNetworkOrder = {
  readonly line?: Partial<LineOrder>
  /** How TCP holds back at the ends of the line; else as this computer does it, and that differs between computers. */
  readonly congestion?: 'cubic' | 'reno' | 'bbr'
  /** A second site, which reaches the first one and nobody else. */
  readonly child?: true
}

/**
 * A platform, and a site far away:
 *
 *     platform  eth0 10.88.0.1/24
 *        │ veth
 *     wan       far ═ line0 ═ wan-line ═ line1 ═ near      50 Mbit/s, 40 ms, 0.5 % lost
 *                                                 │ veth
 *     site.server                           wan0 10.88.0.2/24   br0 10.77.0.1/24: a LabNetwork, for machines
 *                                           down0 10.89.0.1/24
 *                                                 │ veth, a short one
 *     child.server                          wan0 10.89.0.2/24   br0: another LabNetwork
 */
export class SiteNetwork {
  readonly platform: string
  readonly wan: string
  /** Its `server` is where the site runs. */
  readonly site: LabNetwork
  readonly #child: LabNetwork | undefined
  readonly #namespaces: Namespaces
  readonly #usual: LineOrder
  readonly #congestion: SiteNetworkOrder['congestion']
  #line: WanLine | undefined

  private constructor(
    site: LabNetwork,
    child: LabNetwork | undefined,
    { line, congestion }: SiteNetworkOrder,
  ) {
    this.#namespaces = new Namespaces()
    this.platform = this.#namespaces.nameOf('platform')
    this.wan = this.#namespaces.nameOf('wan')
    this.site = site
    this.#child = child
    this.#usual = { ...usualLine, ...line }
    this.#congestion = congestion
  }

  static async open(order: SiteNetworkOrder = {}): Promise<SiteNetwork> {
    using opened = new DisposableStack()
    const site = opened.use(await LabNetwork.open())
    const behind = order.child === true ? opened.use(await LabNetwork.open()) : undefined
    const network = new SiteNetwork(site, behind, order)
    opened.defer(() => network.remove())
    await network.#build()
    opened.move()
    return network
  }

  async #build(): Promise<void> {
    for (const part of ['platform', 'wan']) await this.#namespaces.add(part)
    const { platform, wan, site } = this
    await this.#connect('far', { namespace: platform, name: 'eth0' }, platformAddress)
    await this.#connect('near', { namespace: site.server, name: 'wan0' }, siteAddress)
    this.#line = await WanLine.lay(wan, ['far', 'near'], this.#usual)
    if (this.#child === undefined) return
    const ends = [
      { namespace: site.server, name: 'down0' },
      { namespace: this.#child.server, name: 'wan0' },
    ] as const
    await addCable(...ends)
    await bringUp(ends[0], [`${upstreamAddress}/24`])
    await bringUp(ends[1], ['10.89.0.2/24'])
  }

  /** Somebody at one end of the line. */
  async #connect(
    bridge: string,
    end: { readonly namespace: string; readonly name: string },
    address: string,
  ): Promise<void> {
    await addBridge(this.wan, bridge, [])
    await addCable({ namespace: this.wan, name: `v-${bridge}` }, end)
    await addPort(this.wan, bridge, `v-${bridge}`)
    await bringUp(end, [`${address}/24`])
    if (this.#congestion === undefined) return
    const route = ['10.88.0.0/24', 'dev', end.name, 'src', address]
    await run('ip', ['-n', end.namespace, 'route', 'change', ...route, 'congctl', this.#congestion])
  }

  /** The network of the second site. @throws {Error} when none was ordered */
  get child(): LabNetwork {
    if (this.#child === undefined) throw new Error('no second site was ordered')
    return this.#child
  }

  /** Between platform and site. Down, both keep the link of their interfaces and hear nothing any more. */
  async setLink(state: 'up' | 'down'): Promise<void> {
    await this.#laid.setLink(state)
  }

  /** Another line than the one ordered, until it is changed again; what is under way is lost. */
  async setLine(line: Partial<LineOrder> = {}): Promise<void> {
    await this.#laid.become({ ...this.#usual, ...line })
  }

  get #laid(): WanLine {
    if (this.#line === undefined) throw new Error('there is no line yet')
    return this.#line
  }

  /** What went over the interface of the site to its upstream, as the kernel counts it: with all headers. */
  async wanBytes(site: LabNetwork = this.site): Promise<{ readonly rx: number; readonly tx: number }> {
    const told = await run('ip', ['-n', site.server, '-s', '-j', 'link', 'show', 'dev', 'wan0'])
    const [{ stats64 }] = JSON.parse(told) as [Counted]
    return { rx: stats64.rx.bytes, tx: stats64.tx.bytes }
  }

  /** Ends what runs in all namespaces and removes them. */
  remove(): void {
    this.#namespaces.remove()
    this.#child?.close()
    this.site.close()
  }

  [Symbol.dispose](): void {
    this.remove()
  }
}

type Counted = {
  readonly stats64: { readonly rx: { readonly bytes: number }; readonly tx: { readonly bytes: number } }
}
