type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined }

/** All items of a list, page by page. Ends also when a platform gives the same page for ever. */
export async function allPages<Item>(
  page: (after: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  const seen = new Set<string>()
  for (let after: string | undefined; ; ) {
    const { items: more, next } = await page(after)
    items.push(...more)
    if (next === undefined || seen.has(next)) return items
    seen.add(next)
    after = next
  }
}
