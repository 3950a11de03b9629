/** Fails to compile unless `A` and `B` are the same type but for `readonly` and how it is put together. */
export type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false

type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T

/** `const _: Sure<Same<A, B>> = true` */
export type Sure<T extends true> = T
